"""What a run writes about its progress, how often, and when it looks for a cancel."""

import logging
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from catalog.models import SyncOperation
from catalog.models.sync import HEARTBEAT_SECONDS
from catalog.services import background
from catalog.services.errors import DatabaseTrouble, SyncCancelled, SyncFrozen
from catalog.services.journal.journal import count_request
from catalog.services.run_context import FROZEN_AFTER_SECONDS, WRITE_INTERVAL_SECONDS, RunContext
from tests.support.factories import make_operation
from tests.unit.spotify.fakes import FakeTime

pytestmark = pytest.mark.django_db

# A power of two, so that sums of it are exact.
STEP_SECONDS = 1 / 16


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> FakeTime:
    time = FakeTime()
    monkeypatch.setattr("catalog.services.run_context.monotonic", time.clock)
    return time


@pytest.fixture
def started(time: FakeTime) -> RunContext:
    """A run that has just written its first progress."""
    context = RunContext(make_operation(SyncOperation.Status.PENDING))
    context.start("Fetching the sheet…")
    return context


def row() -> SyncOperation:
    return SyncOperation.objects.get()


def test_progress_is_written_four_times_a_second_however_often_it_is_reported(
    started: RunContext, time: FakeTime
) -> None:
    shown = {row().albums_processed}
    for done in range(1, 33):
        time.seconds += STEP_SECONDS
        started.report(done=done, total=32, message=f"Syncing album {done} of 32…")
        shown.add(row().albums_processed)
    assert shown == {0, 4, 8, 12, 16, 20, 24, 28, 32}
    assert row().stage_message == "Syncing album 32 of 32…"


def test_a_run_with_nothing_to_report_writes_every_five_seconds(started: RunContext, time: FakeTime) -> None:
    time.seconds += 1
    started.report(done=1, total=2, message="Syncing album 1 of 2…")
    beats = [row().heartbeat_at]
    for _ in range(11 * 16):
        time.seconds += STEP_SECONDS
        started.tick()
        beats.append(row().heartbeat_at)
    written = [number for number in range(1, len(beats)) if beats[number] != beats[number - 1]]
    assert written == [5 * 16, 10 * 16]


def test_lines_and_requests_are_written_with_progress_and_never_by_themselves(
    started: RunContext, time: FakeTime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with started.journal.kept():
        with django_assert_num_queries(0):
            for number in range(100):
                logging.getLogger("catalog.services.sync_run").info("Line %d", number)
                count_request("Spotify")
                started.tick()
        time.seconds += WRITE_INTERVAL_SECONDS
        with django_assert_num_queries(1):
            started.report(done=1, total=2, message="Syncing album 1 of 2…")
    assert [line["text"] for line in row().log_lines] == [f"Line {number}" for number in range(50, 100)]
    assert row().requests == {"Spotify": 100}


def test_the_end_of_a_run_has_its_last_lines(started: RunContext) -> None:
    with started.journal.kept():
        logging.getLogger("catalog.services.sync_run").warning("The last words.")
        started.end(lambda: None, status=SyncOperation.Status.FAILED)
    assert row().log_lines[-1]["text"] == "The last words."


def test_a_run_looks_once_a_second_whether_it_was_cancelled(started: RunContext, time: FakeTime) -> None:
    time.seconds += 10
    started.tick()
    SyncOperation.objects.update(cancel_requested=True)
    for _ in range(15):
        time.seconds += STEP_SECONDS
        started.tick()
    time.seconds += STEP_SECONDS
    with pytest.raises(SyncCancelled):
        started.tick()


def beat_for(context: RunContext, time: FakeTime, seconds: float) -> None:
    end = time.seconds + seconds
    while time.seconds < end:
        time.seconds += HEARTBEAT_SECONDS
        context.tick()


def test_a_run_that_beats_and_does_not_move_ends_and_logs_where_it_waited(
    started: RunContext, time: FakeTime, caplog: pytest.LogCaptureFixture
) -> None:
    started.report(done=3, total=9, message="Syncing album 3 of 9…")
    beat_for(started, time, FROZEN_AFTER_SECONDS - HEARTBEAT_SECONDS)
    started.report(done=3, total=9, message="Syncing album 3 of 9…")
    with pytest.raises(SyncFrozen) as caught:
        beat_for(started, time, HEARTBEAT_SECONDS)
    assert caught.value.what_happened == "Nothing moved for 10 minutes after “Syncing album 3 of 9…”."
    assert "in beat_for" in caplog.text
    started.tick()  # What is left is to write the end.


@pytest.mark.parametrize("move", ["report", "tab", "stage", "write"])
def test_a_run_that_moves_may_take_hours(started: RunContext, time: FakeTime, move: str) -> None:
    moves: dict[str, Callable[[int], object]] = {
        "report": lambda number: started.report(done=number, total=None, message="Syncing…"),
        "tab": lambda number: started.show_tab(f"Tab {number}"),
        "stage": lambda number: started.enter(SyncOperation.Stage.PROCESSING, f"Stage {number}"),
        "write": lambda _number: started.write(lambda: None),
    }
    for number in range(12):
        beat_for(started, time, FROZEN_AFTER_SECONDS - HEARTBEAT_SECONDS)
        moves[move](number)


@pytest.mark.parametrize(
    ("reports", "shown"),
    [
        ([(5, 10), (3, 10)], 5),
        ([(11, 10)], 10),
        ([(11, None)], 11),
    ],
)
def test_progress_never_goes_back_and_never_passes_the_total(
    started: RunContext, time: FakeTime, reports: list[tuple[int, int | None]], shown: int
) -> None:
    for done, total in reports:
        time.seconds += 1
        started.report(done=done, total=total, message="Syncing albums…")
    assert row().albums_processed == shown


def test_a_stage_counts_from_the_beginning(started: RunContext, time: FakeTime) -> None:
    started.report(done=5, total=10, message="Syncing album 5 of 10…")
    started.enter(SyncOperation.Stage.ENRICHING, "Enriching…")
    assert (row().stage, row().albums_processed, row().total_albums) == (SyncOperation.Stage.ENRICHING, 0, None)
    time.seconds += 1
    started.report(done=1, total=2, message="Enriching 1 of 2…")
    assert (row().albums_processed, row().total_albums) == (1, 2)


def test_a_stage_notes_when_it_began(started: RunContext) -> None:
    SyncOperation.objects.update(stage_started_at=row().started_at - timedelta(hours=1))
    started.enter(SyncOperation.Stage.ENRICHING, "Enriching…")
    assert timezone.now() - row().stage_started_at < timedelta(minutes=1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("failures", [1, 6, 8])
def test_the_end_of_a_run_waits_longer_for_the_database_than_its_steps(
    started: RunContext, monkeypatch: pytest.MonkeyPatch, failures: int
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(background, "wait_in_steps", lambda seconds, _tick: waits.append(seconds))
    errors = iter([OperationalError("away")] * failures)

    def save() -> None:
        for error in errors:
            raise error

    started.end(save, status=SyncOperation.Status.FAILED)
    assert row().status == SyncOperation.Status.FAILED
    assert len(waits) == failures


@pytest.mark.django_db(transaction=True)
def test_the_steps_of_a_run_do_not_wait_for_so_long(started: RunContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "wait_in_steps", lambda _seconds, _tick: None)
    errors = iter([OperationalError("away")] * 6)

    def write() -> None:
        for error in errors:
            raise error

    with pytest.raises(DatabaseTrouble):
        started.write(write)
