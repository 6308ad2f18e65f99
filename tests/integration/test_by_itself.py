"""Syncs start by themselves: again after a failure that passes, and as often as SYNC_EVERY says."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from catalog import scheduler
from catalog.models import SyncOperation, SyncSchedule
from catalog.models.sync import RETRY_PAUSES, STALE_AFTER_SECONDS
from catalog.services.errors import (
    DatabaseTrouble,
    ServerStopped,
    SheetUnavailable,
    SheetUnreachable,
    SpotifyCredentialsMissing,
    SpotifyCredentialsRejected,
    SpotifyError,
    SyncError,
    SyncFrozen,
    SyncInterrupted,
)
from catalog.services.sheet import download
from catalog.services.sync_manager import SyncManager
from catalog.services.sync_run import SyncOptions
from demo.standin import StandIn
from tests.support.environment import clean_environment, settings_for
from tests.support.factories import make_operation, make_record
from tests.support.fragments import HTMX, STATUS, TRIGGER, text_of
from tests.support.site import PROJECT, Site
from tests.support.site_database import Database
from tests.support.syncing import RunBeside, run, wait_for_sync_threads
from tests.support.waiting import wait_until

Status, Trigger = SyncOperation.Status, SyncOperation.Trigger
LONG_DEAD = timedelta(seconds=STALE_AFTER_SECONDS + 1)
SIX_HOURS = timedelta(hours=6)
NOON = datetime(2025, 11, 22, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
PROCESSES = 6
PASSING = (SheetUnreachable, SheetUnavailable, DatabaseTrouble, SyncInterrupted, ServerStopped, SyncFrozen)
RUNS = "SELECT status, triggered_by FROM catalog_syncoperation"


def failures(base: type[SyncError] = SyncError) -> Iterator[type[SyncError]]:
    """Return every failure that a sync can explain."""
    for error in base.__subclasses__():
        yield error
        yield from failures(error)


def start_due(now: datetime) -> None:
    """Let one process look, and wait for the run that it may start."""
    SyncManager().start_due(now)
    wait_for_sync_threads()


def start_due_in_all_processes(now: datetime) -> None:
    """Let several look at the same moment."""
    barrier = threading.Barrier(PROCESSES)

    def look() -> None:
        barrier.wait()
        SyncManager().start_due(now)
        connection.close()

    threads = [threading.Thread(target=look) for _ in range(PROCESSES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wait_for_sync_threads()


def newest() -> SyncOperation:
    return SyncOperation.objects.order_by("-pk")[0]


@pytest.fixture
def unreachable(standin: StandIn, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """Google breaks off, and a run asks it once only."""
    monkeypatch.setattr(download, "PAUSES_BETWEEN_TRIES_SECONDS", ())
    standin.fail_next("/export", reset=True, times=99)
    return standin


class TestRetries:
    """A run that failed for a cause that passes is tried again, three times at most."""

    @pytest.mark.usefixtures("unreachable")
    def test_after_one_five_and_thirty_minutes_and_no_more(self) -> None:
        failed = run()
        for pause in RETRY_PAUSES:
            assert failed.completed_at is not None
            assert failed.retry_at is not None
            assert abs(failed.retry_at - failed.completed_at - pause) < SECOND
            start_due(failed.retry_at - SECOND)
            assert newest() == failed
            start_due(failed.retry_at)
            failed = newest()
            assert (failed.status, failed.triggered_by) == (Status.FAILED, Trigger.RETRY)
        assert SyncOperation.objects.count() == 1 + len(RETRY_PAUSES)
        assert not SyncOperation.objects.exclude(retry_at=None).exists()

    def test_the_run_that_follows_completes(self, standin: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(download, "PAUSES_BETWEEN_TRIES_SECONDS", ())
        standin.fail_next("/export", status=503)
        failed = run()
        assert failed.retry_at is not None
        start_due(failed.retry_at)
        assert (newest().status, newest().retry_at) == (Status.COMPLETED, None)

    def test_one_that_was_interrupted_is_tried_again(self, standin: StandIn) -> None:
        dead = make_operation(Status.RUNNING, heartbeat_at=timezone.now() - LONG_DEAD, retries_left=3)
        now = timezone.now()
        start_due(now)
        dead.refresh_from_db()
        assert dead.interrupted
        assert dead.retry_at is not None
        assert abs(dead.retry_at - now - RETRY_PAUSES[0]) < SECOND
        start_due(dead.retry_at)
        assert newest().triggered_by == Trigger.RETRY
        assert standin.count("/spreadsheets/") == 1

    @pytest.mark.usefixtures("standin")
    def test_one_that_died_after_a_cancel_is_not(self) -> None:
        silent = timezone.now() - LONG_DEAD
        dead = make_operation(Status.RUNNING, heartbeat_at=silent, retries_left=3, cancel_requested=True)
        start_due(timezone.now())
        dead.refresh_from_db()
        assert (dead.interrupted, dead.retry_at) == (True, None)

    def test_a_cancelled_run_is_over(self, standin: StandIn) -> None:
        standin.fail_next("/export", delay_seconds=30)
        with RunBeside() as beside:
            wait_until(lambda: beside.row.status == Status.RUNNING)
            SyncManager().cancel()
        assert (beside.row.status, beside.row.retry_at) == (Status.CANCELLED, None)

    def test_never_for_causes_that_need_hands(self, standin: StandIn) -> None:
        standin.fail_next("/export", status=404)
        assert run().retry_at is None

    @pytest.mark.parametrize("status", [429, 500, 503])
    def test_for_each_status_of_google_that_passes(
        self, standin: StandIn, monkeypatch: pytest.MonkeyPatch, status: int
    ) -> None:
        monkeypatch.setattr(download, "PAUSES_BETWEEN_TRIES_SECONDS", ())
        standin.fail_next("/export", status=status)
        assert run().retry_at is not None

    def test_of_all_failures_these_pass(self) -> None:
        passing = {error for error in failures() if error.is_temporary and not issubclass(error, SpotifyError)}
        assert passing == set(PASSING)
        # Of Spotify's, only these end a run; for others its part ends early.
        assert not SpotifyCredentialsRejected.is_temporary
        assert not SpotifyCredentialsMissing.is_temporary

    @pytest.mark.usefixtures("standin")
    def test_no_worker_needs_hands(self, settings: Any) -> None:
        settings.SYNC_RUNNER = "tasks"
        make_operation(Status.PENDING, heartbeat_at=timezone.now() - timedelta(hours=1), retries_left=3)
        SyncManager().reap_stale()
        assert (newest().error_title, newest().retry_at) == ("No worker took up the sync.", None)

    @pytest.mark.usefixtures("unreachable")
    def test_never_where_the_retry_would_be_another_run(self) -> None:
        assert run(SyncOptions(skip_spotify=True)).retry_at is None

    def test_the_button_takes_its_place(self, standin: StandIn, client: Client) -> None:
        failed = make_operation(Status.FAILED, retry_at=NOON, retries_left=2)
        assert client.post(TRIGGER, headers=HTMX).status_code == 202
        wait_for_sync_threads()
        start_due(NOON)
        failed.refresh_from_db()
        assert failed.retry_at is None
        assert newest().triggered_by == Trigger.BUTTON
        assert newest().retries_left == 3
        assert standin.count("/spreadsheets/") == 1

    def test_one_process_does_it_whatever_their_number(self, standin: StandIn) -> None:
        make_operation(Status.FAILED, retry_at=NOON, retries_left=3)
        start_due_in_all_processes(NOON)
        assert SyncOperation.objects.filter(triggered_by=Trigger.RETRY).count() == 1
        assert standin.count("/spreadsheets/") == 1

    @pytest.mark.usefixtures("standin")
    def test_who_looked_before_the_run_of_another_cannot_take_it_after(self) -> None:
        make_operation(Status.FAILED, retry_at=NOON, retries_left=3)
        seen_before = newest()
        start_due(NOON)
        assert newest().status == Status.COMPLETED
        assert not seen_before.claim_retry()

    @pytest.mark.usefixtures("standin")
    def test_without_credentials_it_is_given_up(self, settings: Any, caplog: pytest.LogCaptureFixture) -> None:
        make_operation(Status.FAILED, retry_at=NOON, retries_left=3)
        settings.SPOTIFY_CLIENT_ID = ""
        for _ in range(2):
            start_due(NOON)
        assert (SyncOperation.objects.count(), newest().retry_at) == (1, None)
        assert caplog.text.count("No sync could start by itself. SPOTIFY_CLIENT_ID is not set.") == 1

    @pytest.mark.django_db
    @pytest.mark.parametrize("retries_left", [0, 1])
    def test_nobody_is_asked_to_start_what_is_tried_again(self, client: Client, retries_left: int) -> None:
        make_operation(Status.RUNNING, heartbeat_at=timezone.now() - LONG_DEAD, retries_left=retries_left)
        text = text_of(client.get(STATUS))
        is_tried_again = bool(retries_left)
        assert ("Nothing was lost. Trying again " in text) is is_tried_again
        assert ("start it again" in text) is not is_tried_again

    @pytest.mark.parametrize("error", PASSING)
    def test_every_cause_that_passes_has_words_for_a_retry(self, error: type[SyncError]) -> None:
        assert error.is_temporary
        assert "start" in error("Why.").message().lower()
        assert "start" not in error("Why.").message(is_retried=True).lower()

    @pytest.mark.django_db
    @pytest.mark.parametrize("interrupted", [True, False])
    def test_the_pages_say_when(self, client: Client, *, interrupted: bool) -> None:
        operation = make_operation(Status.FAILED, retry_at=NOON, interrupted=interrupted)
        make_record(operation)
        for address in (STATUS, "/catalog/", operation.get_absolute_url()):
            assert "Trying again on 22 Nov 2025, 12:00 UTC." in text_of(client.get(address))
            assert 'class="clocktime" datetime="2025-11-22T12:00:00+00:00"' in client.get(address).content.decode()


@pytest.mark.usefixtures("standin")
class TestSchedule:
    """With SYNC_EVERY one sync starts in each interval."""

    @pytest.fixture(autouse=True)
    def every_six_hours(self, settings: Any) -> None:
        settings.SYNC_EVERY = SIX_HOURS

    def plan(self, next_at: datetime = NOON) -> None:
        SyncSchedule.objects.create(pk=SyncSchedule.ONLY, next_at=next_at)

    def next_at(self) -> datetime:
        return SyncSchedule.objects.get().next_at

    def test_the_first_one_is_an_interval_away(self) -> None:
        start_due(NOON)
        assert self.next_at() == NOON + SIX_HOURS
        assert not SyncOperation.objects.exists()

    def test_it_starts_when_it_is_due(self) -> None:
        self.plan()
        start_due(NOON - SECOND)
        assert not SyncOperation.objects.exists()
        start_due(NOON + SECOND)
        assert (newest().status, newest().triggered_by) == (Status.COMPLETED, Trigger.SCHEDULE)
        assert self.next_at() == NOON + SIX_HOURS
        start_due(NOON + 2 * SECOND)
        assert SyncOperation.objects.count() == 1

    def test_missed_ones_are_not_made_up_for(self) -> None:
        self.plan()
        now = NOON + timedelta(days=30, minutes=1)
        for _ in range(3):
            start_due(now)
        assert SyncOperation.objects.count() == 1
        assert self.next_at() == NOON + timedelta(days=30, hours=6)

    def test_one_process_does_it_whatever_their_number(self, standin: StandIn) -> None:
        self.plan()
        start_due_in_all_processes(NOON)
        assert SyncOperation.objects.count() == 1
        assert standin.count("/spreadsheets/") == 1

    def test_who_looked_before_the_run_of_another_cannot_take_it_after(self) -> None:
        self.plan()
        seen_before = SyncSchedule.objects.get()
        start_due(NOON)
        assert newest().status == Status.COMPLETED
        assert not seen_before.claim(SIX_HOURS, NOON)
        assert self.next_at() == NOON + SIX_HOURS

    def test_processes_that_look_for_the_first_time_plan_once(self) -> None:
        start_due_in_all_processes(NOON)
        assert self.next_at() == NOON + SIX_HOURS

    def test_a_run_under_way_is_the_one_of_the_interval(self) -> None:
        self.plan()
        active = make_operation(Status.RUNNING)
        start_due(NOON)
        assert newest() == active
        assert self.next_at() == NOON + SIX_HOURS

    def test_without_credentials_the_log_says_so(self, settings: Any, caplog: pytest.LogCaptureFixture) -> None:
        self.plan()
        settings.SPOTIFY_CLIENT_ID = ""
        start_due(NOON)
        assert not SyncOperation.objects.exists()
        assert self.next_at() == NOON + SIX_HOURS
        assert "No sync could start by itself. SPOTIFY_CLIENT_ID is not set." in caplog.text

    def test_it_takes_the_place_of_a_retry(self) -> None:
        self.plan()
        make_operation(Status.FAILED, retry_at=NOON + SECOND, retries_left=3)
        start_due(NOON)
        start_due(NOON + SECOND)
        assert SyncOperation.objects.count() == 2
        assert newest().triggered_by == Trigger.SCHEDULE

    def test_a_shorter_interval_counts_at_once(self, settings: Any) -> None:
        self.plan(NOON + SIX_HOURS)
        settings.SYNC_EVERY = timedelta(minutes=30)
        start_due(NOON)
        assert self.next_at() == NOON + timedelta(minutes=30)

    def test_switched_off_nothing_is_planned(self, settings: Any, client: Client) -> None:
        self.plan()
        settings.SYNC_EVERY = timedelta()
        start_due(NOON)
        assert not SyncOperation.objects.exists()
        assert "Next sync" not in text_of(client.get("/catalog/"))

    @pytest.mark.parametrize("is_synced", [True, False])
    def test_the_page_says_when(self, client: Client, *, is_synced: bool) -> None:
        if is_synced:
            make_record()
        self.plan()
        assert "Next sync on 22 Nov 2025, 12:00 UTC" in text_of(client.get("/catalog/"))
        etag = client.get("/catalog/")["ETag"]
        SyncSchedule.objects.update(next_at=NOON + SIX_HOURS)
        assert client.get("/catalog/", headers={"If-None-Match": etag}).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("is_planned", [True, False])
def test_the_time_is_the_databases(*, is_planned: bool) -> None:
    if is_planned:
        SyncSchedule.objects.create(pk=SyncSchedule.ONLY, next_at=NOON + timedelta(days=9999))
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        of_this_host = timezone.now()
        assert timedelta(minutes=59) < of_this_host - SyncSchedule.clock() < timedelta(minutes=61)


@pytest.mark.django_db
def test_a_database_that_is_away_ends_no_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[datetime] = []

    def fail(manager: SyncManager, now: datetime) -> None:
        looks.append(now)
        raise OperationalError

    monkeypatch.setattr(SyncManager, "start_due", fail)
    scheduler.look()
    assert len(looks) == 1


def test_two_web_workers_start_one_sync(
    start_site: Callable[..., Site], standin: StandIn, database_url: str | None
) -> None:
    site = start_site(env=settings_for(standin) | {"SYNC_EVERY": "6h"}, database_url=database_url, workers=2)
    database = Database(site.env["DATABASE_URL"])
    wait_until(lambda: database.count("catalog_syncschedule"))
    site.stop()
    database.execute("UPDATE catalog_syncschedule SET next_at = '2025-01-01 00:00:00'")
    site.start()
    wait_until(lambda: database.rows(RUNS) and database.rows(RUNS)[0][0] == "completed", 30, site.log_tail)
    assert database.rows(RUNS) == [("completed", "schedule")]
    assert "Traceback" not in site.log.read_text()


THREADS = "import threading; print([thread.name for thread in threading.enumerate()])"


def test_commands_and_tests_have_no_scheduler() -> None:
    printed = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "--command", THREADS],
        cwd=PROJECT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "MainThread" in printed
    for names in (printed, str(threading.enumerate())):
        assert "scheduler" not in names
