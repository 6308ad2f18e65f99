"""A whole sync of the real sheet: its figures, and what it takes."""

import json
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from catalog.models import Album
from catalog.services.sheet.parser import read_releases
from tests.support.environment import clean_environment
from tests.support.workbooks import PROJECT, real_workbook, release_workbook

MEMORY_MEGABYTES = 150
# Between the tests and the sync, since a process inherits the peak of the one that started it.
MEASURE = """
import resource, subprocess, sys
code = subprocess.call([sys.executable, *sys.argv[1:]])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
sys.exit(code)
"""


def sync_catalog(source: Path) -> dict[str, Any]:
    output = StringIO()
    call_command("sync_catalog", source=str(source), skip_spotify=True, json=True, stdout=output)
    return json.loads(output.getvalue())


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """The sheet as a file."""
    path = tmp_path / "sheet.xlsx"
    path.write_bytes(release_workbook())
    return path


def expected(source: Path) -> dict[str, int]:
    """Return the figures of the real sheet, or count those of the generated one."""
    if real_workbook():
        return {"rows": 17_617, "albums": 17_591, "incomplete_rows": 61}
    readings = list(read_releases(source.read_bytes()))
    releases = [release for reading in readings for release in reading.releases]
    return {
        "rows": len(releases),
        "albums": len({release.key for release in releases}),
        "incomplete_rows": sum(reading.incomplete_rows for reading in readings),
    }


@pytest.mark.django_db
@pytest.mark.timeout(300)
def test_the_whole_sheet_becomes_the_catalog_and_stays_it(source: Path) -> None:
    figures = expected(source)
    first, second = sync_catalog(source), sync_catalog(source)
    assert first.items() >= {**figures, "status": "completed", "failed": 0, "created": figures["albums"]}.items()
    assert second.items() >= {**figures, "status": "completed", "failed": 0, "created": 0, "updated": 0}.items()
    assert second["skipped"] == figures["albums"]
    assert Album.objects.count() == figures["albums"]
    if real_workbook():
        check_the_facts_of_the_real_sheet()


def check_the_facts_of_the_real_sheet() -> None:
    albums = Album.objects.visible()
    assert albums.filter(spotify__isnull=False).count() == 15_812
    assert albums.filter(is_debut=True).count() == 3_123
    assert albums.filter(is_reissue=True).count() == 335
    assert albums.get(tab="2024 Prog-rock", row=1032).title == "July 1960"
    assert albums.filter(title="667788").exists()
    assert albums.filter(artist__name="16").exists()
    assert not albums.filter(title__regex=r"^[0-9]+\.0$").exists()
    assert not albums.filter(artist__name__regex=r"^[0-9]+\.0$").exists()


@pytest.mark.timeout(300)
def test_a_first_sync_keeps_within_its_memory(source: Path, tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'catalog.sqlite3'}"
    environment = clean_environment({"DJANGO_SETTINGS_MODULE": "progmetal.settings", "DATABASE_URL": database})
    manage = [sys.executable, "-c", MEASURE, str(PROJECT / "manage.py")]

    def run(*arguments: str) -> list[str]:
        command = [*manage, *arguments]
        return subprocess.run(
            command, env=environment, stdout=subprocess.PIPE, text=True, check=True
        ).stdout.splitlines()

    run("migrate", "--verbosity=0")
    summary, megabytes = run("sync_catalog", "--skip-spotify", "--json", f"--source={source}")
    assert json.loads(summary)["status"] == "completed"
    assert int(megabytes) < MEMORY_MEGABYTES
