"""The filters: dates, times, lengths, drawn covers and the sentences of the status region."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from catalog.models import Album, Artist, SpotifyPause, SyncOperation, SyncRecord
from catalog.presentation import covers, dates, sheet, sync_words
from catalog.presentation.sync_status import Refusal, SyncStatus
from catalog.services.sheet.releases import TabState


def make_album(**overrides: object) -> Album:
    fields: dict[str, object] = {
        "artist": Artist(name="Kelp Cathedral"),
        "title": "Tidal Locks",
        "release_date": date(2025, 11, 28),
        "release_precision": "day",
        "release_text": "",
        "release_year": 2025,
    }
    return Album(**{**fields, **overrides})


def make_undated(text: str, year: int | None = 2024) -> Album:
    return make_album(release_date=None, release_precision="", release_text=text, release_year=year)


# Times -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-30, "just now"),
        (59, "just now"),
        (60, "1 minute ago"),
        (119, "1 minute ago"),
        (2 * 3600 + 5, "2 hours ago"),
        (86_400, "yesterday"),
        (2 * 86_400 - 1, "yesterday"),
        (3 * 86_400, "3 days ago"),
        (31 * 86_400, "1 month ago"),
        (800 * 86_400, "2 years ago"),
    ],
)
def test_timeago_names_the_largest_unit_that_fits(monkeypatch: pytest.MonkeyPatch, seconds: int, words: str) -> None:
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: now)
    assert dates.timeago(now - timedelta(seconds=seconds)) == words


def test_timeago_of_nothing_is_never() -> None:
    assert dates.timeago(None) == "never"


def test_relative_time_carries_the_moment_for_the_script_and_for_hovering() -> None:
    html = dates.relative_time(datetime(2025, 11, 28, 16, 5, tzinfo=UTC))
    assert 'class="timeago"' in html
    assert 'data-timestamp="2025-11-28T16:05:00+00:00"' in html
    assert 'title="28 Nov 2025, 16:05 UTC"' in html


def test_clock_time_is_readable_without_the_script() -> None:
    html = dates.clock_time(datetime(2025, 11, 28, 16, 5, tzinfo=UTC))
    assert html.endswith(">on 28 Nov 2025, 16:05 UTC</time>")


# Release dates -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("album", "words"),
    [
        (make_album(), "28 Nov 2025"),
        (make_album(release_date=date(2024, 4, 1), release_precision="month"), "Apr 2024"),
        (make_undated("TBA"), "2024, date to be announced"),
        (make_undated("tbd?"), "2024, date to be announced"),
        (make_undated("- "), "2024, date unknown"),
        (make_undated(""), "2024, date unknown"),
        (make_undated("Fall"), "Fall 2024"),
        (make_undated("Mat 4"), "Mat 4, 2024"),
        (make_undated("Late 2024"), "Late 2024"),
        (make_undated("", year=None), "Date unknown"),
        (make_undated("TBA", year=None), "Date to be announced"),
        (make_undated("Fall", year=None), "Fall"),
    ],
)
def test_release_date_is_no_more_precise_than_the_sheet(album: Album, words: str) -> None:
    assert dates.release_date(album) == words


def test_only_a_release_after_today_is_upcoming() -> None:
    today = timezone.localdate()
    assert dates.is_upcoming(make_album(release_date=today + timedelta(days=1)))
    assert not dates.is_upcoming(make_album(release_date=today))
    assert not dates.is_upcoming(make_undated("TBA"))


# Lengths -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (4, "4 s"),
        (0.4, "0 s"),
        (60, "1 min"),
        (72, "1 min 12 s"),
        (timedelta(minutes=15), "15 min"),
        (7500, "2 h 5 min"),
        (None, "0 s"),
    ],
)
def test_duration(length: float | timedelta | None, words: str) -> None:
    assert dates.duration(length) == words


@pytest.mark.parametrize(("seconds", "words"), [(20, "less than a minute"), (380, "about 6 min"), (7400, "about 2 h")])
def test_rough_duration_rounds(seconds: int, words: str) -> None:
    assert dates.rough_duration(seconds) == words


@pytest.mark.parametrize(
    ("milliseconds", "words"),
    [(331_400, "5:31"), (59_900, "1:00"), (3_723_000, "1:02:03"), (0, ""), (None, "")],
)
def test_track_length(milliseconds: int | None, words: str) -> None:
    assert dates.track_length(milliseconds) == words


# Drawn covers ------------------------------------------------------------------------------


def test_an_album_always_gets_the_same_drawing() -> None:
    assert covers.placeholder_cover(make_album()) == covers.placeholder_cover(make_album(row=7))


def test_spellings_that_fold_to_the_same_name_get_the_same_drawing() -> None:
    assert covers.placeholder_cover(make_album()) == covers.placeholder_cover(make_album(title="TIDAL  LOCKS"))


def test_drawings_tell_albums_apart() -> None:
    drawings = {covers.placeholder_cover(make_album(title=f"Number {number}")) for number in range(100)}
    assert len(drawings) == 100


def test_every_motif_is_drawn_within_the_strict_policy() -> None:
    drawings = [covers.placeholder_cover(make_album(title=f"Number {number}")) for number in range(100)]
    assert all('aria-hidden="true"' in drawing for drawing in drawings)
    assert not any(re.search(r"style|script|href|url\(", drawing) for drawing in drawings)
    shapes = {frozenset(re.findall(r"<(\w+)", drawing)) for drawing in drawings}
    assert len(shapes) > 2


def test_a_hostile_name_leaves_no_trace_in_the_drawing() -> None:
    assert "onload" not in covers.placeholder_cover(make_album(title='"><svg onload=alert(1)>'))


# The sheet's address -----------------------------------------------------------------------


def test_sheet_url_is_the_page_that_people_read(settings: Settings) -> None:
    settings.GOOGLE_SHEETS_XLSX_URL = "https://docs.google.com/spreadsheets/d/abc/export?format=xlsx"
    assert sheet.sheet_url() == "https://docs.google.com/spreadsheets/d/abc"


def test_a_source_elsewhere_has_no_page_to_link_to(settings: Settings) -> None:
    settings.GOOGLE_SHEETS_XLSX_URL = "http://127.0.0.1:9999/export?format=xlsx"
    assert sheet.sheet_url() == ""


# The sentences of the status region --------------------------------------------------------


NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PAUSE = SpotifyPause(until=NOON, reason=SpotifyPause.Reason.QUOTA)


def make_operation(status: str = "completed", *, seconds: int = 4, **overrides: object) -> SyncOperation:
    times = {"started_at": NOON, "completed_at": NOON + timedelta(seconds=seconds)}
    return SyncOperation(**{"status": status, **times, **overrides})


def make_record(**counts: int) -> SyncRecord:
    return SyncRecord(**{"rows": 17_617, "total_albums_in_catalog": 17_591, **counts})


def make_ended(**counts: int) -> SyncStatus:
    return SyncStatus(make_operation(), make_record(**counts))


def make_running(*, conflict: bool = False) -> SyncStatus:
    operation = make_operation("running", stage="processing", stage_message="Syncing album 15 of 47…")
    return SyncStatus(operation, conflict=conflict)


def test_success_names_what_changed_and_how_long_it_took() -> None:
    sentence = sync_words.outcome(make_ended(albums_created=12, albums_updated=3, albums_withdrawn=1))
    assert sentence == "Sync complete! 12 new, 3 updated, 1 withdrawn of 17,591 albums, in 4 s."


def test_success_says_what_spotify_added() -> None:
    sentence = sync_words.outcome(make_ended(albums_created=1, albums_enriched=1))
    assert sentence.endswith("Spotify added covers and tracks to 1 album.")


def test_success_without_a_change_counts_none() -> None:
    assert "0 updated of 17,591 albums" in sync_words.outcome(make_ended(albums_enriched=1))


def test_unchanged_says_how_many_rows_were_checked() -> None:
    sentence = sync_words.outcome(SyncStatus(make_operation(seconds=3), make_record()))
    assert sentence == "Everything was up to date. Checked 17,617 rows in 3 s."


def test_one_album_and_one_row_are_no_plural() -> None:
    assert "1 new of 1 album," in sync_words.outcome(make_ended(albums_created=1, total_albums_in_catalog=1))
    assert "Checked 1 row in" in sync_words.outcome(make_ended(rows=1))
    assert "0 of 1 album updated" in sync_words.outcome(make_ended(albums_failed=1))


def test_warning_counts_what_succeeded_and_what_failed() -> None:
    counts = {"albums_created": 5, "albums_updated": 20, "albums_restored": 10, "albums_skipped": 10}
    sentence = sync_words.outcome(make_ended(**counts, albums_failed=5))
    assert sentence == "Sync completed with warnings: 45 of 50 albums updated, 5 failed."


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        ({}, "Sync completed with warnings: nothing new, but Spotify gave no answer."),
        ({"albums_created": 12}, "Sync completed with warnings: 12 new, but Spotify gave no answer."),
        ({"albums_enriched": 9}, "Sync completed with warnings: nothing new, but Spotify stopped answering."),
    ],
)
def test_a_run_that_could_not_ask_spotify_warns(counts: dict[str, int], sentence: str) -> None:
    assert sync_words.outcome(make_ended(**counts, spotify_failed=True)) == sentence


@pytest.mark.parametrize(
    ("done", "stage_seconds", "remaining"), [(100, 10, 90), (100, 4, None), (0, 60, None), (1000, 60, 0)]
)
def test_the_remaining_time_counts_from_the_start_of_the_stage(
    done: int, stage_seconds: int, remaining: int | None
) -> None:
    operation = SyncOperation(
        status="running",
        stage="enriching",
        started_at=NOON - timedelta(hours=1),
        stage_started_at=NOON,
        albums_processed=done,
        total_albums=1000,
    )
    vars(operation)["read_at"] = NOON + timedelta(seconds=stage_seconds)
    assert SyncStatus(operation).remaining_seconds == remaining


def test_paused_says_how_many_covers_there_are() -> None:
    record = make_record(albums_created=7, spotify_albums_found=1144, spotify_albums_linked=15_812)
    sentence = sync_words.outcome(SyncStatus(make_operation(), record, pause=PAUSE))
    assert sentence == "Sync complete! 7 new of 17,591 albums, in 4 s. Covers: 1,144 of 15,812."


@pytest.mark.parametrize(
    ("operation", "word"),
    [(make_operation("failed", interrupted=True), "interrupted"), (make_operation("cancelled"), "cancelled")],
)
def test_a_run_without_a_record_still_says_how_it_ended(operation: SyncOperation, word: str) -> None:
    assert word in sync_words.outcome(SyncStatus(operation))


@pytest.mark.parametrize(
    ("status", "state", "kind"),
    [
        (make_ended(albums_updated=1), "success", "success"),
        (make_ended(), "unchanged", "success"),
        (SyncStatus(make_operation(), make_record(), pause=PAUSE), "paused", "success"),
        (make_ended(albums_failed=1), "warning", "warning"),
        (make_ended(spotify_failed=True), "warning", "warning"),
        (SyncStatus(make_operation("failed", interrupted=True)), "interrupted", "warning"),
        (SyncStatus(make_operation("failed")), "error", "error"),
        (SyncStatus(refusal=Refusal("No.", "Not now.")), "error", "error"),
        (SyncStatus(make_operation("cancelled")), "cancelled", "info"),
        (make_running(), "running", "info"),
        (SyncStatus(), "idle", "info"),
    ],
)
def test_each_state_has_its_kind_of_alert(status: SyncStatus, state: str, kind: str) -> None:
    assert (status.state, sync_words.alert_kind(status)) == (state, kind)


def test_a_running_sync_is_announced_by_its_step_and_not_by_its_numbers() -> None:
    assert sync_words.announcement(make_running()) == "Sync running, step 2 of 4: Read."


def test_a_second_start_is_announced_as_such() -> None:
    announcement = sync_words.announcement(make_running(conflict=True))
    assert announcement.startswith("A sync is already in progress.")


@pytest.mark.parametrize(
    "status",
    [
        SyncStatus(make_operation("failed", error_message="Start it again."), make_record()),
        SyncStatus(refusal=Refusal("Sync failed.", "Start it again.")),
    ],
)
def test_an_error_is_announced_with_its_remedy(status: SyncStatus) -> None:
    assert sync_words.announcement(status) == "Sync failed. Start it again."


@pytest.mark.parametrize("status", [SyncStatus(), SyncStatus(make_operation(), make_record(), is_dismissed=True)])
def test_nothing_is_announced_where_nothing_is_shown(status: SyncStatus) -> None:
    assert sync_words.announcement(status) == ""


# Runs and changes --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        (SyncOperation(status="completed"), "success"),
        (SyncOperation(status="completed", albums_failed=2), "warning"),
        (SyncOperation(status="completed", record=SyncRecord(spotify_failed=True)), "warning"),
        (SyncOperation(status="failed"), "error"),
        (SyncOperation(status="failed", interrupted=True), "warning"),
        (SyncOperation(status="cancelled"), "info"),
        (SyncOperation(status="running"), "info"),
    ],
)
def test_each_run_in_the_history_has_its_sign(operation: SyncOperation, kind: str) -> None:
    assert sync_words.run_kind(operation) == kind


def test_a_completed_run_with_failures_is_called_so() -> None:
    assert sync_words.run_word(SyncOperation(status="completed")) == "Completed"
    assert sync_words.run_word(SyncOperation(status="completed", albums_failed=2)) == "Completed with warnings"
    assert sync_words.run_word(SyncOperation(status="failed", albums_failed=2)) == "Failed"
    without_spotify = SyncOperation(status="completed", record=SyncRecord(spotify_failed=True))
    assert sync_words.run_word(without_spotify) == "Completed with warnings"


def test_a_run_that_changed_nothing_says_so() -> None:
    assert sync_words.changes(make_record()) == "nothing new"
    assert sync_words.changes(make_record(albums_restored=2)) == "2 back again"


@pytest.mark.parametrize(("count", "words"), [(1, "1 row needs a curator"), (1319, "1,319 rows need a curator")])
def test_rows_for_curators_are_counted(count: int, words: str) -> None:
    assert sync_words.rows_for_curators(make_record(issues_found=count)) == words


def test_every_state_of_a_tab_has_its_words() -> None:
    assert all(sync_words.tab_state(state) != state for state in TabState)
