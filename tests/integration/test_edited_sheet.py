"""A sheet that was edited by hand: exactly those edits are found, and nothing else."""

import json
from collections.abc import Mapping
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from catalog.models import Album
from catalog.services import sync_run
from catalog.services.background import Tick
from catalog.services.sheet.download import Announce
from demo.workbook_cells import CellSpec, build_workbook
from tests.support.importing import Changes, changes_of, sync
from tests.support.sheets import Cells, bandcamp_link, date_cell, release_tab, sheet_row, spotify_link

pytestmark = pytest.mark.django_db

METAL, ROCK = "2025 Prog-metal", "2025 Prog-rock"
FRIDAY = date(2025, 4, 11)


# A sheet of our own, from the workbook to the log ------------------------------------------


def rows(tab: str, count: int = 30) -> dict[str, dict[str, Any]]:
    """Return rows by their title."""
    return {
        title: {
            "Artist": f"Band {title}",
            "Album": title,
            "Release Date": date_cell(FRIDAY),
            "Spotify": spotify_link(title.replace(" ", "").ljust(22, "0")),
            "Bandcamp": bandcamp_link(f"album/{title.replace(' ', '-')}"),
        }
        for title in (f"{tab.removeprefix('2025 Prog-')} {number}" for number in range(count))
    }


def workbook(metal: Mapping[str, Cells], rock: Mapping[str, Cells]) -> bytes:
    return build_workbook(
        {METAL: release_tab(*map(sheet_row, metal.values())), ROCK: release_tab(*map(sheet_row, rock.values()))}
    )


def edited(metal: dict[str, Any], rock: dict[str, Any]) -> None:
    """Edit 3 titles, 2 dates, 5 links and 1 artist, add 4 rows, remove 3 and move 2."""
    for number in (0, 1, 2):
        metal[f"metal {number}"]["Album"] = f"Renamed {number}"
    metal["metal 3"]["Release Date"] = date_cell(FRIDAY + timedelta(days=7))
    rock["rock 3"]["Release Date"] = "TBA"
    metal["metal 4"]["Spotify"] = spotify_link("Z" * 22)
    metal["metal 5"]["Spotify"] = None
    rock["rock 4"]["Bandcamp"] = bandcamp_link("album/other")
    rock["rock 5"]["YouTube"] = CellSpec("YT", link="https://www.youtube.com/watch?v=1")
    rock["rock 6"]["Bandcamp"] = None
    metal["metal 7"]["Artist"] = "Another Band"
    for number in (8, 9):
        rock[f"metal {number}"] = metal.pop(f"metal {number}")
    for title in ("metal 10", "metal 11"):
        del metal[title]
    del rock["rock 11"]
    for number in range(4):
        title = f"added {number}"
        (metal if number % 2 else rock)[title] = {"Artist": "New Band", "Album": title, "Spotify": None}


EDITS: Changes = {
    **{("updated", f"Renamed {number}"): {"title": [f"metal {number}", f"Renamed {number}"]} for number in range(3)},
    ("updated", "metal 3"): {"release_date": ["2025-04-11", "2025-04-18"]},
    ("updated", "rock 3"): {"release_date": ["2025-04-11", "TBA"]},
    ("updated", "metal 4"): {"spotify": ["metal4".ljust(22, "0"), "Z" * 22]},
    ("updated", "metal 5"): {"spotify": ["metal5".ljust(22, "0"), ""]},
    ("updated", "rock 4"): {
        "bandcamp_url": [
            "https://lanternfall.bandcamp.com/album/rock-4",
            "https://lanternfall.bandcamp.com/album/other",
        ]
    },
    ("updated", "rock 5"): {"youtube_url": ["", "https://www.youtube.com/watch?v=1"]},
    ("updated", "rock 6"): {"bandcamp_url": ["https://lanternfall.bandcamp.com/album/rock-6", ""]},
    ("updated", "metal 7"): {"artist": ["Band metal 7", "Another Band"]},
    **{("updated", f"metal {number}"): {"tab": [METAL, ROCK]} for number in (8, 9)},
    **{("withdrawn", title): {} for title in ("metal 10", "metal 11", "rock 11")},
    **{("created", f"added {number}"): {} for number in range(4)},
}


@pytest.fixture
def sheets() -> tuple[bytes, bytes]:
    """The sheet before and after the edits."""
    metal, rock = rows(METAL), rows(ROCK)
    before = workbook(metal, rock)
    edited(metal, rock)
    return before, workbook(metal, rock)


def test_an_edited_sheet_gives_exactly_those_changes(sheets: tuple[bytes, bytes], tmp_path: Path) -> None:
    before, after = sheets
    sync(before, tmp_path)
    record = sync(after, tmp_path)
    assert changes_of(record) == EDITS
    assert (record.albums_created, record.albums_updated, record.albums_withdrawn) == (4, 13, 3)
    assert (record.albums_skipped, record.albums_failed, record.albums_restored) == (44, 0, 0)
    assert record.notices == []
    assert record.total_albums_in_catalog == Album.objects.visible().count() == 61


def test_taking_the_edits_back_brings_the_removed_rows_back(sheets: tuple[bytes, bytes], tmp_path: Path) -> None:
    before, after = sheets
    for sheet in (before, after):
        sync(sheet, tmp_path)
    record = sync(before, tmp_path)
    assert (record.albums_created, record.albums_updated) == (0, 13)
    assert (record.albums_restored, record.albums_withdrawn) == (3, 4)


# Trying it without writing -----------------------------------------------------------------


def table_sizes() -> dict[str, int]:
    return {model.__name__: model._default_manager.count() for model in apps.get_models()}


def run_command(*arguments: str, source: Path) -> str:
    output = StringIO()
    call_command("sync_catalog", *arguments, "--skip-spotify", source=str(source), stdout=output)
    return output.getvalue()


def test_a_dry_run_prints_the_changes_and_writes_nothing(sheets: tuple[bytes, bytes], tmp_path: Path) -> None:
    sync(sheets[0], tmp_path)
    (tmp_path / "after.xlsx").write_bytes(sheets[1])
    before = table_sizes(), list(Album.objects.order_by("pk").values())
    summary = json.loads(run_command("--dry-run", "--json", source=tmp_path / "after.xlsx"))
    printed = run_command("--dry-run", source=tmp_path / "after.xlsx")
    assert (table_sizes(), list(Album.objects.order_by("pk").values())) == before
    assert {key: summary[key] for key in ("created", "updated", "withdrawn", "failed")} == {
        "created": 4,
        "updated": 13,
        "withdrawn": 3,
        "failed": 0,
    }
    found = {(change["kind"], change["album"].partition(" – ")[2]): change["fields"] for change in summary["changes"]}
    assert found == EDITS
    assert "Band metal 3 – metal 3: Updated (release_date: '2025-04-11' → '2025-04-18')" in printed
    assert "Band rock 11 – rock 11: Withdrawn" in printed.splitlines()


@pytest.mark.django_db(transaction=True)
def test_a_dry_run_keeps_nobody_waiting_for_its_download(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_transaction: list[bool] = []

    def download(_source: str, *, tick: Tick, announce: Announce) -> bytes:
        in_transaction.append(connection.in_atomic_block)
        return workbook(rows(METAL), rows(ROCK))

    monkeypatch.setattr(sync_run, "read_source", download)
    assert json.loads(run_command("--dry-run", "--json", source=tmp_path / "slow.xlsx"))["created"] == 60
    assert in_transaction == [False]


def test_the_command_accepts_withdrawals_only_when_told(tmp_path: Path) -> None:
    sync(workbook(rows(METAL), rows(ROCK)), tmp_path)
    smaller = tmp_path / "smaller.xlsx"
    smaller.write_bytes(workbook(rows(METAL), {}))
    kept = json.loads(run_command("--json", source=smaller))
    assert (kept["withdrawn"], kept["albums"]) == (0, 60)
    assert any("no longer lists any release" in notice for notice in kept["notices"])
    accepted = json.loads(run_command("--json", "--accept-withdrawals", source=smaller))
    assert (accepted["withdrawn"], accepted["albums"]) == (30, 30)
