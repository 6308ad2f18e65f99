"""The version in `pyproject.toml` is the one that people are told."""

import tomllib
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from tests.support.fragments import text_of

PYPROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"


@pytest.fixture
def version() -> str:
    return tomllib.loads(PYPROJECT.read_text())["project"]["version"]


@pytest.mark.django_db
def test_the_footer_shows_it(client: Client, version: str) -> None:
    assert f"progmetal {version}" in text_of(client.get("/catalog/"))


def test_the_command_prints_it(version: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match=r"^0$"):
        call_command("sync_catalog", "--version")
    assert capsys.readouterr().out == f"{version}\n"
