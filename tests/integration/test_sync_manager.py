"""One run at a time: signs of life, cancelling, dead runs and zombies."""

import gc
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from time import monotonic
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client
from django.utils import timezone

from catalog.models import Album, AlbumChange, SpotifyAlbum, SyncOperation, SyncRecord
from catalog.models.sync import STALE_AFTER_SECONDS, new_lease
from catalog.services import run_context
from catalog.services.background import TICK_SECONDS
from catalog.services.errors import LeaseLost, SyncCancelled
from catalog.services.run_context import RunContext
from catalog.services.sync_manager import SyncInProgress, SyncManager
from catalog.services.sync_run import SyncOptions
from demo.standin import StandIn
from tests.support.factories import make_album, make_operation, make_record
from tests.support.fragments import HTMX, STATUS, TRIGGER, text_of
from tests.support.syncing import RunBeside, invented_releases, run
from tests.support.waiting import wait_until

Status, Stage, Trigger = SyncOperation.Status, SyncOperation.Stage, SyncOperation.Trigger
SLOW_SECONDS = 30
SILENT = "The last sync was interrupted. It gave no sign of life for 30 seconds: its server or worker was stopped,"
LONG_DEAD = timedelta(seconds=STALE_AFTER_SECONDS + 1)
WITHOUT_SPOTIFY = SyncOptions(skip_spotify=True)

Prepare = Callable[[StandIn], None]


def slow_export(standin: StandIn) -> None:
    """Keep the download waiting for long."""
    standin.fail_next("/export", delay_seconds=SLOW_SECONDS)


def slow_download(standin: StandIn) -> None:
    """Let the workbook come drop by drop."""
    standin.behaviour.export_bytes_per_second = 500


def slow_token(standin: StandIn) -> None:
    """Keep the request for a token waiting for long."""
    standin.fail_next("/api/token", delay_seconds=SLOW_SECONDS)


def slow_albums(standin: StandIn) -> None:
    """Keep each request for albums waiting for long."""
    standin.fail_next("/v1/albums", delay_seconds=SLOW_SECONDS, times=99)


def limited_albums(standin: StandIn) -> None:
    """Let Spotify ask for a pause that a run waits out."""
    standin.fail_next("/v1/albums", status=429, retry_after=50, times=99)


def run_telling(on_message: Callable[[str], None]) -> SyncOperation:
    """Do a whole run that tells each of its messages."""
    manager = SyncManager()
    operation = manager.create_operation(triggered_by=Trigger.COMMAND)
    return manager.run_sync(operation.pk, on_progress=lambda message, _done, _total: on_message(message))


SLOW = [
    pytest.param(slow_export, Stage.FETCHING, id="export"),
    pytest.param(slow_download, Stage.FETCHING, id="download"),
    pytest.param(slow_token, Stage.ENRICHING, id="token"),
    pytest.param(slow_albums, Stage.ENRICHING, id="albums"),
    pytest.param(limited_albums, Stage.ENRICHING, id="limit"),
]


@pytest.mark.once
@pytest.mark.parametrize(("make_slow", "stage"), SLOW)
class TestSlowServices:
    """The run stays alive and obedient while a service keeps it waiting."""

    def test_the_heart_beats_and_a_cancel_is_seen(
        self, standin: StandIn, monkeypatch: pytest.MonkeyPatch, make_slow: Prepare, stage: SyncOperation.Stage
    ) -> None:
        monkeypatch.setattr(run_context, "HEARTBEAT_SECONDS", 0.2)
        make_slow(standin)
        with RunBeside() as beside:
            beside.wait_for_stage(stage)
            for _ in range(3):
                before = beside.row.heartbeat_at
                wait_until(lambda before=before: beside.row.heartbeat_at > before)
            SyncManager().cancel()
            asked = monotonic()
            operation = beside.wait()
        assert monotonic() - asked < SLOW_SECONDS / 2
        assert operation.status == Status.CANCELLED
        assert operation.completed_at is not None


@pytest.mark.parametrize("is_cancelled", [False, True])
def test_garbage_is_collected_as_usual_again_after_a_run(standin: StandIn, is_cancelled: bool) -> None:
    usual = gc.get_threshold()
    during = []

    def look(_message: str) -> None:
        during.append(gc.get_threshold())
        if is_cancelled:
            raise SyncCancelled

    run_telling(look)
    assert min(during) > usual
    assert gc.get_threshold() == usual


class TestCancel:
    """A visitor ends a run."""

    def test_it_is_looked_for_often_enough_to_end_the_run_within_two_seconds(self) -> None:
        assert run_context.CANCEL_CHECK_SECONDS + TICK_SECONDS < 2

    @pytest.mark.usefixtures("standin")
    @pytest.mark.parametrize("message", ["Fetching albums", "Reading the sheet", "Syncing album", "Enriching"])
    def test_a_cancel_ends_the_run_wherever_it_is(self, message: str) -> None:
        def cancel(said: str) -> None:
            if said.startswith(message):
                SyncManager().cancel()

        operation = run_telling(cancel)
        assert operation.status in (Status.CANCELLED, Status.COMPLETED)
        assert not SyncOperation.objects.active().exists()

    def test_what_was_saved_stays_and_is_counted(self, standin: StandIn, client: Client) -> None:
        slow_albums(standin)
        with RunBeside() as beside:
            beside.wait_for_stage(Stage.ENRICHING)
            SyncManager().cancel()
            operation = beside.wait()
        assert Album.objects.visible().count() == 60
        assert (operation.record.albums_created, operation.record.total_albums_in_catalog) == (60, 60)
        assert not operation.record.success
        assert "Sync cancelled. What was already saved stays" in text_of(client.get(STATUS))

    def test_the_next_run_completes_the_rest(self, standin: StandIn) -> None:
        slow_export(standin)
        with RunBeside() as beside:
            # A pending run has sent no request, and would leave the slow answer to the next one.
            wait_until(lambda: beside.row.status == Status.RUNNING, 10)
            SyncManager().cancel()
            beside.wait()
        assert run().status == Status.COMPLETED
        assert Album.objects.visible().count() == 60

    def test_it_does_not_reach_the_next_run(self, standin: StandIn) -> None:
        SyncManager().cancel()
        assert run().status == Status.COMPLETED
        assert standin.requests


class TestLease:
    """A run that was declared dead writes nothing more."""

    def take_lease(self) -> None:
        """Do as another process does that finds the run dead."""
        SyncOperation.objects.active().update(status=Status.FAILED, interrupted=True, lease=new_lease())

    def catalog(self) -> list[Any]:
        """Everything that a run could write."""
        models = (Album, SpotifyAlbum, AlbumChange, SyncRecord, SyncOperation)
        return [list(model.objects.order_by("pk").values()) for model in models]

    def test_it_stops_in_the_middle_of_the_import(self, standin: StandIn) -> None:
        standin.publish(invented_releases(1200))
        left: list[Any] = []

        def lose(message: str) -> None:
            if message.startswith("Syncing album 500 ") and not left:
                self.take_lease()
                left.extend(self.catalog())

        operation = run_telling(lose)
        assert operation.status == Status.FAILED
        assert self.catalog() == left
        assert Album.objects.count() == 500

    def test_it_stops_in_the_middle_of_spotify(self, standin: StandIn) -> None:
        standin.behaviour.development_mode = True
        standin.behaviour.delay_seconds = 0.2
        with RunBeside() as beside:
            beside.wait_for_stage(Stage.ENRICHING, processed=5)
            self.take_lease()
            left = self.catalog()
            beside.wait()
        assert self.catalog() == left
        assert SpotifyAlbum.objects.filter(state=SpotifyAlbum.State.UNCHECKED).exists()

    def test_it_stops_before_its_end(self, standin: StandIn) -> None:
        left: list[Any] = []

        def lose(message: str) -> None:
            if message == "Finishing…":
                self.take_lease()
                left.extend(self.catalog())

        run_telling(lose)
        assert self.catalog() == left
        assert SyncRecord.last_success() is None
        assert standin.count("/v1/albums")

    def test_the_next_run_completes_the_catalog(self, standin: StandIn) -> None:
        standin.publish(invented_releases(1200))
        run_telling(lambda message: self.take_lease() if message.startswith("Syncing album 500 ") else None)
        operation = run(WITHOUT_SPOTIFY)
        assert operation.status == Status.COMPLETED
        assert Album.objects.visible().count() == 1200
        assert (operation.record.albums_created, operation.record.albums_skipped) == (700, 500)

    @pytest.mark.django_db(transaction=True)
    def test_a_zombie_cannot_touch_its_successor(self) -> None:
        zombie = make_operation(Status.RUNNING, heartbeat_at=timezone.now() - LONG_DEAD)
        context = RunContext(zombie)
        SyncManager().reap_stale()
        successor = SyncManager().create_operation(triggered_by=Trigger.COMMAND, options=WITHOUT_SPOTIFY)
        with pytest.raises(LeaseLost):
            context.flush()
        with pytest.raises(LeaseLost), context.transaction():
            make_album()
        assert not Album.objects.exists()
        assert SyncOperation.objects.active().get() == successor


@pytest.mark.django_db(transaction=True)
class TestDeadRuns:
    """A run without a sign of life for 30 seconds is interrupted."""

    def test_it_is_told_as_interrupted(self, client: Client) -> None:
        operation = make_operation(Status.RUNNING, heartbeat_at=timezone.now() - LONG_DEAD)
        assert SILENT in text_of(client.get(STATUS))
        operation.refresh_from_db()
        assert (operation.status, operation.interrupted) == (Status.FAILED, True)
        assert operation.completed_at is not None
        assert not operation.record.success

    def test_one_that_still_beats_is_left_alone(self) -> None:
        heartbeat = timezone.now() - timedelta(seconds=STALE_AFTER_SECONDS - 5)
        operation = make_operation(Status.RUNNING, heartbeat_at=heartbeat)
        SyncManager().reap_stale()
        operation.refresh_from_db()
        assert operation.is_active()

    def test_its_record_counts_what_it_had_saved(self) -> None:
        operation = make_operation(Status.RUNNING, heartbeat_at=timezone.now() - LONG_DEAD)
        record = make_record(operation, albums_updated=0, total_albums_in_catalog=0)
        for kind in ("created", "created", "withdrawn"):
            AlbumChange.objects.create(record=record, album=make_album(row=AlbumChange.objects.count()), kind=kind)
        SyncManager().reap_stale()
        record.refresh_from_db()
        assert (record.albums_created, record.albums_withdrawn, record.albums_updated) == (2, 1, 0)
        assert record.total_albums_in_catalog == 3

    def test_it_is_reaped_once_however_many_look(self) -> None:
        make_operation(Status.RUNNING, heartbeat_at=timezone.now() - LONG_DEAD)

        def reap() -> None:
            SyncManager().reap_stale()
            connection.close()

        threads = [threading.Thread(target=reap) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert SyncRecord.objects.count() == 1

    def test_the_button_works_again(self, standin: StandIn, client: Client) -> None:
        make_operation(Status.RUNNING, heartbeat_at=timezone.now() - LONG_DEAD)
        assert client.post(TRIGGER, headers=HTMX).status_code == 202
        wait_until(lambda: not SyncOperation.objects.active().exists(), 20)
        assert "Sync complete!" in text_of(client.get(STATUS))
        assert standin.requests


@pytest.mark.django_db(transaction=True)
class TestOneAtATime:
    """The database refuses a second active run."""

    @pytest.mark.parametrize("first", [Status.PENDING, Status.RUNNING])
    def test_whatever_the_first_one_does(self, first: SyncOperation.Status) -> None:
        make_operation(first)
        with pytest.raises(SyncInProgress):
            SyncManager().create_operation(triggered_by=Trigger.COMMAND, options=WITHOUT_SPOTIFY)
        assert SyncOperation.objects.count() == 1

    def test_ended_runs_are_in_nobodys_way(self) -> None:
        for status in (Status.COMPLETED, Status.FAILED, Status.CANCELLED):
            make_operation(status)
        SyncManager().create_operation(triggered_by=Trigger.COMMAND, options=WITHOUT_SPOTIFY)
        assert SyncOperation.objects.active().count() == 1


class TestDatabase:
    """A database that is busy for a while costs time, not albums."""

    def test_a_lock_in_every_stage_is_waited_for(self, standin: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
        if connection.vendor == "sqlite":
            monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 0.25)
        standin.publish(invented_releases(600))
        may_end = threading.Event()

        def write_all_the_time() -> None:
            while not may_end.wait(0.1):
                # It may meet the run's own lock, which is no news here.
                with suppress(OperationalError), transaction.atomic():
                    make_operation(Status.COMPLETED)
                    may_end.wait(0.3)
            connection.close()

        writer = threading.Thread(target=write_all_the_time, daemon=True)
        writer.start()
        try:
            operation = run(WITHOUT_SPOTIFY)
        finally:
            may_end.set()
            writer.join(10)
        assert operation.status == Status.COMPLETED
        assert (operation.record.albums_created, operation.record.albums_failed) == (600, 0)
