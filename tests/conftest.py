"""Fixtures for every kind of test."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from hypothesis import settings

from tests.support.postgres import new_database, temporary_postgres
from tests.support.site import Site

# A slow machine is no reason to fail; the time limit of each test stands.
settings.register_profile("progmetal", deadline=None, print_blob=True)
settings.load_profile("progmetal")

# Where the tests run in the background of a shell, all programs that they start would ignore Ctrl-C too.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_report_header() -> str:
    """Say which of the two databases this run is about."""
    return f"database: {connection.vendor}"


@pytest.fixture(autouse=True)
def no_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget what was counted before: databases of two tests may give their runs the same keys."""
    monkeypatch.setattr("catalog.browsing.index._current", None)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server: the one that this run is on, or else one of its own."""
    url = os.environ.get("DATABASE_URL", "")
    if url.startswith("postgres"):
        yield url
        return
    with temporary_postgres() as temporary_url:
        yield temporary_url


@pytest.fixture
def site_database_url(request: pytest.FixtureRequest) -> str | None:
    """An empty database of the kind that this run is on; None lets a site make a SQLite file."""
    if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        return None
    return new_database(request.getfixturevalue("postgres_url"))


@pytest.fixture
def start_site(tmp_path: Path, site_database_url: str | None) -> Iterator[Callable[..., Site]]:
    """Start a site with Site's own keyword arguments; it stops with the test."""
    with ExitStack() as running:

        def start(**options: Any) -> Site:
            arguments = {"directory": tmp_path, "database_url": site_database_url} | options
            return running.enter_context(Site(**arguments))

        yield start
