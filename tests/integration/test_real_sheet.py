"""A whole sync of the real sheet, and one of the sheet with a few edits."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from catalog.models import Album
from catalog.services.sheet.parser import read_releases
from catalog.services.sheet.releases import Release, merge
from tests.support.importing import Changes, import_releases
from tests.support.workbooks import real_workbook, release_workbook

METAL, ROCK = "2025 Prog-metal", "2025 Prog-rock"


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


# On one database: `make bench` times a whole sync and weighs its memory, on both.
@pytest.mark.once
@pytest.mark.django_db
@pytest.mark.timeout(300)
def test_the_whole_sheet_becomes_the_catalog_and_edits_of_it_are_all_that_changes(source: Path) -> None:
    figures = expected(source)
    summary = sync_catalog(source)
    assert summary.items() >= {**figures, "status": "completed", "failed": 0, "created": figures["albums"]}.items()
    assert Album.objects.count() == figures["albums"]
    if real_workbook():
        check_the_facts_of_the_real_sheet()

    after, changes = edited_releases(merged_releases(source))
    result = import_releases(after)
    assert result.changes == changes
    assert result.counts == {"created": 4, "updated": 13, "withdrawn": 3, "skipped": figures["albums"] - 16}


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


def merged_releases(source: Path) -> list[Release]:
    return merge(release for tab in read_releases(source.read_bytes()) for release in tab.releases).releases


def telling(releases: Sequence[Release]) -> list[Release]:
    """Return releases of a tab that a link tells apart, each by an artist of one album."""
    ids = Counter(release.spotify_id for release in releases)
    artists = Counter(release.key[0] for release in releases)
    titles = Counter(release.title for release in releases)
    return [
        release
        for release in releases
        if release.tab == METAL
        and release.release_date
        and release.spotify_id
        and ids[release.spotify_id] == artists[release.key[0]] == titles[release.title] == 1
    ]


def edited_releases(releases: list[Release]) -> tuple[list[Release], Changes]:
    """Edit 13 releases, add 4 and remove 3; return them and the changes to expect."""
    chosen = iter(telling(releases))
    new = {id(release): [release] for release in releases}
    changes: Changes = {}

    def edit(field: str, value: Any, shown: Any = None) -> None:
        release = next(chosen)
        after = replace(release, **{field: value})
        new[id(release)] = [after]
        name = {"spotify_id": "spotify"}.get(field, field)
        old = release.release_date.isoformat() if field == "release_date" and release.release_date else None
        changes["updated", after.title] = {name: [old or getattr(release, field), shown or value]}

    for number in range(3):
        edit("title", f"Renamed {number}")
    for day in (5, 6):
        edit("release_date", date(2025, 1, day), f"2025-01-0{day}")
    for letter in "XYZ":
        edit("spotify_id", letter * 22)
    for number in range(2):
        edit("amazon_url", f"https://www.amazon.com/dp/{number}")
    edit("artist", "A Band That Nobody Knows")
    for _ in range(2):
        edit("tab", ROCK)
    for _ in range(3):
        gone = next(chosen)
        new[id(gone)] = []
        changes["withdrawn", gone.title] = {}
    added = [replace(next(chosen), title=f"Added {number}", spotify_id="", bandcamp_url="") for number in range(4)]
    changes |= {("created", release.title): {} for release in added}
    return [*added, *(after for kept in new.values() for after in kept)], changes
