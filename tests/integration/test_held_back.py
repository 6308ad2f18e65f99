"""What runs hold back, and what becomes of it once someone has accepted or kept it."""

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from catalog.models import Album, HeldBack, SyncOperation, SyncRecord
from catalog.services import album_importer
from catalog.services.errors import SyncCancelled
from catalog.services.sheet.releases import Release
from catalog.services.sync_run import SyncOptions
from demo.workbook_cells import build_workbook
from tests.support.factories import make_held_back, make_operation, make_record
from tests.support.importing import sync
from tests.support.sheets import TAB, bandcamp_link, release_sheet, release_tab, sheet_row
from tests.support.syncing import run as run_here

pytestmark = pytest.mark.django_db

METAL, ROCK = TAB, "2025 Prog-rock"
GONE = f"The tab “{ROCK}” no longer lists any release."
NOTHING_WITHDRAWN = "Nothing was withdrawn from the catalog in this run."
Kind, Answer, State = HeldBack.Kind, HeldBack.Answer, HeldBack.State
Sync = Callable[..., SyncRecord]


@pytest.fixture
def run(tmp_path: Path) -> Sync:
    """Sync a sheet with so many rows of each tab; None deletes the second tab."""

    def run_sync(metal: int, rock: int | None, **options: Any) -> SyncRecord:
        return sync(workbook(metal, rock), tmp_path, **options)

    return run_sync


def workbook(metal: int, rock: int | None) -> bytes:
    tabs = {METAL: release_tab(*(row("Metal", number) for number in range(metal)))}
    if rock is not None:
        tabs[ROCK] = release_tab(*(row("Rock", number) for number in range(rock)))
    return build_workbook(tabs)


def row(band: str, number: int) -> Any:
    return sheet_row({"Artist": f"{band} {number}", "Album": f"Title {number}", "Spotify": None})


def linked(count: int, *, links: int) -> bytes:
    """Return a sheet of one tab in which only the first rows have a link to Bandcamp."""
    return release_sheet(
        *(
            {"Album": f"Title {number}", "Bandcamp": bandcamp_link(f"album/{number}") if number < links else None}
            for number in range(count)
        )
    )


def answer(given: HeldBack.Answer, **which: Any) -> HeldBack:
    """Answer the one open question of this kind."""
    held = HeldBack.objects.open().get(**which)
    assert held.give(given, seen="", by="anna")
    return held


def held_by(record: SyncRecord) -> list[tuple[str, str, int, str, str]]:
    rows = HeldBack.objects.filter(record=record)
    return [(held.kind, held.tab, held.count, held.answer, held.state) for held in rows]


def visible() -> int:
    return Album.objects.visible().count()


# What is asked ----------------------------------------------------------------------------


def test_a_run_keeps_what_it_held_back_with_every_album(run: Sync) -> None:
    run(60, 10)
    record = run(6, None)
    assert held_by(record) == [
        (Kind.TAB, ROCK, 10, "", State.IN_FORCE),
        (Kind.WITHDRAWALS, "", 54, "", State.IN_FORCE),
    ]
    tab, rest = HeldBack.objects.filter(record=record)
    rock = Album.objects.filter(tab=ROCK).values_list("pk", flat=True)
    assert tab.item_set() == {(pk, "") for pk in rock}
    assert (tab.reason, rest.reason) == (GONE, "The sheet no longer lists 54 of 70 albums.")
    assert (record.questions, record.has_warnings()) == (2, True)


def test_the_same_question_belongs_to_the_newest_run_alone(run: Sync) -> None:
    run(60, 10)
    first, second = run(60, None), run(60, None)
    assert held_by(first) == [(Kind.TAB, ROCK, 10, "", State.OVERTAKEN)]
    assert held_by(second) == [(Kind.TAB, ROCK, 10, "", State.IN_FORCE)]


def test_an_answer_that_a_run_has_overtaken_meanwhile_is_not_taken(run: Sync) -> None:
    run(60, 10)
    run(60, None)
    held = HeldBack.objects.open().get()
    run(60, None)
    assert not held.give(Answer.ACCEPTED, seen="", by="anna")
    assert (held.state, held.answer) == (State.OVERTAKEN, "")
    assert run(60, None).albums_withdrawn == 0


def test_a_sheet_that_is_well_again_asks_nothing_more(run: Sync) -> None:
    run(60, 10)
    run(60, None)
    record = run(60, 10)
    assert (held_by(record), record.notices, record.questions) == ([], [], 0)
    assert not HeldBack.objects.in_force().exists()


def test_a_run_that_ends_before_it_has_read_the_sheet_overtakes_nothing(run: Sync) -> None:
    run(60, 10)
    run(60, None)
    failed = run_here(SyncOptions(source="no-such-file.xlsx", skip_spotify=True))
    assert failed.status == SyncOperation.Status.FAILED
    assert HeldBack.objects.open().count() == 1


def test_what_runs_held_back_is_kept_as_long_as_their_changes(run: Sync) -> None:
    old = make_held_back()
    for _ in range(50):
        make_record()
    run(60, 10)
    assert not HeldBack.objects.filter(pk=old.pk).exists()


# A tab that is gone ------------------------------------------------------------------------


def test_a_tab_that_was_accepted_goes_once_and_stops_nothing_afterwards(run: Sync) -> None:
    run(60, 10)
    run(60, None)
    answer(Answer.ACCEPTED)
    accepted = run(59, None)
    assert (accepted.albums_withdrawn, visible()) == (11, 59)
    assert held_by(accepted) == [(Kind.TAB, ROCK, 10, "accepted", State.DONE)]
    later = run(58, None)
    assert (later.albums_withdrawn, later.notices, held_by(later)) == (1, [], [])


def test_a_tab_that_was_kept_stays_and_other_albums_are_withdrawn(run: Sync) -> None:
    run(60, 10)
    run(60, None)
    answer(Answer.KEPT)
    for metal in (59, 58):
        record = run(metal, None)
        assert (record.albums_withdrawn, record.notices, record.questions) == (1, [], 0)
        assert held_by(record) == [(Kind.TAB, ROCK, 10, "kept", State.IN_FORCE)]
        assert Album.objects.visible().filter(tab=ROCK).count() == 10
    assert HeldBack.objects.in_force().get().answered_by == "anna"


def test_a_tab_that_was_kept_is_asked_again_when_its_albums_change(run: Sync, tmp_path: Path) -> None:
    run(60, 10)
    run(60, None)
    answer(Answer.KEPT)
    # Two of its albums stand in the other tab now.
    both = [row("Metal", number) for number in range(60)] + [row("Rock", number) for number in range(2)]
    record = sync(build_workbook({METAL: release_tab(*both)}), tmp_path)
    assert held_by(record) == [(Kind.TAB, ROCK, 8, "", State.IN_FORCE)]
    assert record.notices == [GONE, NOTHING_WITHDRAWN]


def test_what_was_kept_can_be_accepted_after_all(run: Sync) -> None:
    run(60, 10)
    run(60, None)
    answer(Answer.KEPT)
    run(60, None)
    kept = HeldBack.objects.in_force().get()
    assert kept.give(Answer.ACCEPTED, seen=Answer.KEPT, by="berta")
    assert run(60, None).albums_withdrawn == 10


def test_an_open_tab_withdraws_nothing_but_what_was_accepted(run: Sync) -> None:
    run(60, 10)
    run(6, None)
    answer(Answer.ACCEPTED, kind=Kind.WITHDRAWALS)
    record = run(6, None)
    assert (record.albums_withdrawn, visible()) == (54, 16)
    assert record.notices == [GONE, "Only what had been accepted was withdrawn from the catalog in this run."]


# Withdrawals as a whole --------------------------------------------------------------------


def test_accepted_withdrawals_pass_once(run: Sync) -> None:
    run(60, 10)
    run(30, 10)
    answer(Answer.ACCEPTED)
    assert run(30, 10).albums_withdrawn == 30
    run(60, 10)
    again = run(30, 10)
    assert (again.albums_withdrawn, held_by(again)) == (0, [(Kind.WITHDRAWALS, "", 30, "", State.IN_FORCE)])


def test_fewer_than_what_was_accepted_pass_too(run: Sync) -> None:
    run(60, 10)
    run(30, 10)
    answer(Answer.ACCEPTED)
    assert run(35, 10).albums_withdrawn == 25


def test_what_is_beyond_what_was_accepted_is_asked_again(run: Sync) -> None:
    run(60, 10)
    run(30, 10)
    answer(Answer.ACCEPTED)
    record = run(28, 10)
    assert (record.albums_withdrawn, visible()) == (30, 40)
    assert held_by(record) == [
        (Kind.WITHDRAWALS, "", 30, "accepted", State.DONE),
        (Kind.WITHDRAWALS, "", 2, "", State.IN_FORCE),
    ]


def test_kept_withdrawals_are_asked_again_only_when_they_change(run: Sync) -> None:
    run(60, 10)
    run(30, 10)
    answer(Answer.KEPT)
    same = run(30, 10)
    assert (same.albums_withdrawn, same.questions, same.notices) == (0, 0, [])
    other = run(29, 10)
    assert (other.albums_withdrawn, other.questions) == (0, 1)
    assert other.notices == ["The sheet no longer lists 31 of 70 albums.", NOTHING_WITHDRAWN]


def test_an_acceptance_that_no_run_could_follow_to_its_end_still_holds(
    run: Sync, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run(60, 10)
    run(30, 10)
    answer(Answer.ACCEPTED)

    def cancelled(_importer: album_importer.AlbumImporter, _releases: list[Release]) -> None:
        raise SyncCancelled

    with monkeypatch.context() as patch:
        patch.setattr(album_importer.AlbumImporter, "save", cancelled)
        ended = run_here(SyncOptions(source=str(tmp_path / "sheet.xlsx"), skip_spotify=True))
    assert ended.status == SyncOperation.Status.CANCELLED
    assert HeldBack.objects.in_force().get().answer == Answer.ACCEPTED
    assert run(30, 10).albums_withdrawn == 30


def test_an_answer_that_came_after_the_sheet_was_read_holds_for_the_next_run(
    run: Sync, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(60, 10)
    save = album_importer.AlbumImporter.save

    def answer_meanwhile(importer: album_importer.AlbumImporter, releases: list[Release]) -> Any:
        answer(Answer.ACCEPTED)
        return save(importer, releases)

    with monkeypatch.context() as patch:
        patch.setattr(album_importer.AlbumImporter, "save", answer_meanwhile)
        assert run(30, 10).albums_withdrawn == 0
    assert run(30, 10).albums_withdrawn == 30


def test_all_can_be_accepted_on_the_command_line_at_once(run: Sync) -> None:
    run(60, 10)
    run(6, None)
    record = run(6, None, accept_withdrawals=True)
    assert (record.albums_withdrawn, record.questions) == (64, 0)
    assert {held.answered_by for held in HeldBack.objects.filter(record=record)} == {"the command line"}
    assert not HeldBack.objects.in_force().exists()


# Links -------------------------------------------------------------------------------------


def test_links_that_were_accepted_follow_the_sheet(tmp_path: Path) -> None:
    sync(linked(20, links=20), tmp_path)
    asked = sync(linked(20, links=10), tmp_path)
    assert held_by(asked) == [(Kind.LINKS, METAL, 10, "", State.IN_FORCE)]
    answer(Answer.ACCEPTED)
    record = sync(linked(20, links=10), tmp_path)
    assert Album.objects.exclude(bandcamp_url="").count() == 10
    assert (record.notices, held_by(record)) == ([], [(Kind.LINKS, METAL, 10, "accepted", State.DONE)])


def test_links_that_were_kept_stay_until_others_are_lost(tmp_path: Path) -> None:
    sync(linked(20, links=20), tmp_path)
    sync(linked(20, links=10), tmp_path)
    answer(Answer.KEPT)
    for _ in range(2):
        record = sync(linked(20, links=10), tmp_path)
        assert (record.notices, record.questions, record.albums_updated) == ([], 0, 0)
        assert Album.objects.exclude(bandcamp_url="").count() == 20
    more = sync(linked(20, links=5), tmp_path)
    assert (more.questions, Album.objects.exclude(bandcamp_url="").count()) == (1, 20)


def test_links_beyond_what_was_accepted_are_asked(tmp_path: Path) -> None:
    sync(linked(20, links=20), tmp_path)
    sync(linked(20, links=10), tmp_path)
    answer(Answer.ACCEPTED)
    record = sync(linked(20, links=8), tmp_path)
    assert Album.objects.exclude(bandcamp_url="").count() == 10
    assert held_by(record)[1] == (Kind.LINKS, METAL, 2, "", State.IN_FORCE)


# The command line --------------------------------------------------------------------------


def command(*arguments: str, name: str = "held_back", **options: Any) -> str:
    output = StringIO()
    call_command(name, *arguments, stdout=output, stderr=output, **options)
    return output.getvalue()


def test_the_command_lists_what_waits_for_an_answer(run: Sync) -> None:
    assert command() == "Nothing is held back.\n"
    run(60, 10)
    run(60, None)
    held = HeldBack.objects.in_force().get()
    assert command().splitlines() == [
        f"{held.pk}: {GONE} 10 albums; not answered.",
        "Answer with “manage.py held_back --accept NUMBER” or “--keep NUMBER”.",
    ]
    assert json.loads(command("--json")) == {
        "held_back": [
            {
                "number": held.pk,
                "kind": "tab",
                "tab": ROCK,
                "reason": GONE,
                "count": 10,
                "answer": "",
                "answered_by": "",
            }
        ]
    }


def test_the_command_keeps(run: Sync) -> None:
    run(60, 10)
    run(60, None)
    held = HeldBack.objects.in_force().get()
    assert command("--keep", str(held.pk)) == f"{held.pk}: {GONE} 10 albums; kept.\n"
    assert (run(60, None).questions, visible()) == (0, 70)


def test_the_command_accepts_and_runs_a_sync(run: Sync, tmp_path: Path, settings: Any) -> None:
    run(60, 10)
    run(60, None)
    settings.GOOGLE_SHEETS_XLSX_URL = str(tmp_path / "sheet.xlsx")
    settings.SPOTIFY_CLIENT_ID = settings.SPOTIFY_CLIENT_SECRET = "none"
    held = HeldBack.objects.in_force().get()
    summary = json.loads(command("--json", "--accept", str(held.pk)))
    assert (summary["status"], summary["withdrawn"], summary["held_back"]) == ("completed", 10, [])


def test_the_command_says_that_a_running_sync_comes_first(run: Sync) -> None:
    run(60, 10)
    run(60, None)
    make_operation(SyncOperation.Status.RUNNING)
    held = HeldBack.objects.in_force().get()
    assert "A sync is under way. The answer is saved, and the next sync follows it." in command(
        "--accept", str(held.pk)
    )
    held.refresh_from_db()
    assert (held.answer, held.answered_by) == (Answer.ACCEPTED, "the command line")


def test_the_command_answers_all_or_nothing(run: Sync) -> None:
    run(60, 10)
    run(60, None)
    held = HeldBack.objects.in_force().get()
    with pytest.raises(CommandError, match="Nothing with the number 4711 is held back now"):
        command("--keep", str(held.pk), "4711")
    held.refresh_from_db()
    assert held.answer == Answer.NONE


def test_sync_catalog_says_what_waits_for_an_answer(run: Sync, tmp_path: Path) -> None:
    run(60, 10)
    (tmp_path / "less.xlsx").write_bytes(workbook(60, None))
    options = {"name": "sync_catalog", "source": str(tmp_path / "less.xlsx"), "skip_spotify": True}
    assert "no longer lists any release. 10 albums; not answered." in command(**options)
    (held,) = json.loads(command("--json", **options))["held_back"]
    assert (held["number"], held["count"]) == (HeldBack.objects.in_force().get().pk, 10)
    assert json.loads(command("--json", "--dry-run", **options))["held_back"] == []
    assert HeldBack.objects.open().count() == 1
