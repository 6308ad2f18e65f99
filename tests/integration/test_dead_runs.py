"""Runs that nobody conducts any more: how they are told apart, ended and explained, whatever clocks say."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import SyncOperation
from catalog.models.sync import AHEAD_AFTER_SECONDS, STALE_AFTER_SECONDS
from catalog.services import background
from catalog.services.run_context import RunContext
from catalog.services.sync_manager import SyncInProgress, SyncManager
from catalog.services.sync_run import SyncOptions
from tests.support.factories import make_operation, make_record
from tests.support.fragments import CANCEL, HTMX, STATUS, TRIGGER, make_ended, polls, text_of
from tests.support.syncing import run

pytestmark = pytest.mark.django_db(transaction=True)

Status, Trigger = SyncOperation.Status, SyncOperation.Trigger
WITHOUT_SPOTIFY = SyncOptions(skip_spotify=True)
HOUR = timedelta(hours=1)
LONG_DEAD = timedelta(seconds=STALE_AFTER_SECONDS + 1)
AHEAD = timedelta(seconds=AHEAD_AFTER_SECONDS + 60)  # A slow machine may take a few before it looks.


def make_active(status: SyncOperation.Status = Status.RUNNING, *, age: timedelta, **overrides: Any) -> SyncOperation:
    """Make an active run whose last heartbeat is so old; a negative age lies in the future."""
    return make_operation(status, heartbeat_at=timezone.now() - age, **overrides)


@pytest.fixture(params=[HOUR, -HOUR], ids=["fast", "slow"])
def wrong_clock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this host's clock be an hour wrong, unlike the database's."""
    true_now = timezone.now

    def now() -> datetime:
        return true_now() + request.param

    monkeypatch.setattr(timezone, "now", now)


class TestClocks:
    """Ages come from the database's clock alone."""

    @pytest.mark.parametrize("status", SyncOperation.ACTIVE)
    def test_a_heartbeat_in_the_future_is_that_of_a_dead_run(
        self, client: Client, status: SyncOperation.Status
    ) -> None:
        operation = make_active(status, age=-AHEAD)
        assert "a clock was set back. Nothing was lost; start it again." in text_of(client.get(STATUS))
        operation.refresh_from_db()
        assert (operation.status, operation.interrupted) == (Status.FAILED, True)

    def test_one_that_is_hardly_ahead_is_not(self) -> None:
        operation = make_active(age=-timedelta(seconds=AHEAD_AFTER_SECONDS - 1))
        SyncManager().reap_stale()
        operation.refresh_from_db()
        assert operation.is_active()

    def test_the_button_works_beside_a_heartbeat_in_the_future(self) -> None:
        make_active(age=-HOUR)
        SyncManager().create_operation(triggered_by=Trigger.COMMAND, options=WITHOUT_SPOTIFY)

    @pytest.mark.usefixtures("wrong_clock")
    def test_a_host_with_a_wrong_clock_leaves_a_living_run_alone(self, client: Client) -> None:
        pending = SyncManager().create_operation(triggered_by=Trigger.COMMAND, options=WITHOUT_SPOTIFY)
        context = RunContext(pending)
        context.start("Fetching…")
        response = client.get(STATUS)
        assert polls(response)
        assert "running for 0 s" in text_of(response)
        assert client.get("/catalog/syncs/").status_code == 200
        context.flush()
        with pytest.raises(SyncInProgress):
            SyncManager().create_operation(triggered_by=Trigger.COMMAND, options=WITHOUT_SPOTIFY)

    @pytest.mark.usefixtures("wrong_clock")
    def test_a_living_run_beats_by_the_clock_of_the_database(self, monkeypatch: pytest.MonkeyPatch) -> None:
        pending = SyncManager().create_operation(triggered_by=Trigger.COMMAND, options=WITHOUT_SPOTIFY)
        RunContext(pending).start("Fetching…")
        monkeypatch.undo()
        row = SyncOperation.objects.get()
        for moment in (row.started_at, row.heartbeat_at, row.stage_started_at):
            assert abs(timezone.now() - moment) < timedelta(minutes=1)

    @pytest.mark.usefixtures("standin", "wrong_clock")
    def test_the_length_of_a_run_is_right_although_a_clock_is_wrong(self) -> None:
        assert run(WITHOUT_SPOTIFY).duration() < timedelta(minutes=1)


class TestLatest:
    """The run that pages tell of is the active one, or else the last by its key."""

    def test_an_active_run_is_shown_although_an_ended_one_seems_to_have_begun_later(self, client: Client) -> None:
        make_ended("success")
        SyncOperation.objects.update(started_at=timezone.now() + timedelta(seconds=90))
        make_operation(Status.RUNNING, stage_message="Fetching…")
        assert "Fetching…" in text_of(client.get(STATUS))
        conflict = client.post(TRIGGER, headers=HTMX)
        assert conflict.status_code == 409
        assert polls(conflict)

    def test_an_active_run_is_shown_although_a_later_one_has_ended(self, client: Client) -> None:
        make_operation(Status.RUNNING, stage_message="Fetching…")
        make_ended("success")
        assert "Fetching…" in text_of(client.get(STATUS))

    def test_of_runs_that_ended_the_last_key_counts(self, client: Client) -> None:
        make_record(make_operation(started_at=timezone.now() + HOUR), rows=47, albums_updated=0)
        make_ended("cancelled")
        assert "Sync cancelled." in text_of(client.get(STATUS))

    @pytest.fixture(autouse=True)
    def credentials(self, settings: Any) -> None:
        settings.SPOTIFY_CLIENT_ID, settings.SPOTIFY_CLIENT_SECRET = "an-id", "a-secret"


class TestCancelling:
    """Cancel ends at once what nobody conducts."""

    @pytest.mark.parametrize("age", [LONG_DEAD, -AHEAD, -HOUR])
    def test_a_dead_run_ends_with_the_call(self, age: timedelta) -> None:
        operation = make_active(age=age)
        SyncManager().cancel()
        operation.refresh_from_db()
        assert operation.status == Status.CANCELLED
        assert operation.completed_at is not None
        assert not operation.record.success

    @pytest.mark.parametrize("age", [LONG_DEAD, -HOUR])
    def test_the_page_shows_an_end_and_polls_no_more(self, client: Client, age: timedelta) -> None:
        operation = make_active(age=age, cancel_requested=True)
        response = client.post(CANCEL, {"operation": operation.pk}, headers=HTMX)
        assert "Nothing was lost; start it again." in text_of(response)
        assert not polls(response)

    def test_a_run_that_beats_is_asked_only(self) -> None:
        operation = make_active(age=timedelta())
        SyncManager().cancel(operation.pk)
        operation.refresh_from_db()
        assert (operation.status, operation.cancel_requested) == (Status.RUNNING, True)

    def test_another_run_is_left_alone(self) -> None:
        operation = make_active(age=timedelta())
        SyncManager().cancel(operation.pk - 1)
        operation.refresh_from_db()
        assert not operation.cancel_requested


class TestNoticing:
    """Pages that list runs and figures about them notice a dead run too."""

    def test_the_history_does(self, client: Client) -> None:
        operation = make_active(age=LONG_DEAD)
        assert "Interrupted" in text_of(client.get("/catalog/syncs/"))
        operation.refresh_from_db()
        assert operation.status == Status.FAILED

    def test_the_figures_do(self, client: Client) -> None:
        operation = make_active(age=LONG_DEAD)
        figures = client.get("/metrics").content.decode()
        assert "progmetal_sync_active 0.0" in figures
        assert 'progmetal_syncs_total{status="failed"} 1.0' in figures
        operation.refresh_from_db()
        assert operation.status == Status.FAILED


class TestWords:
    """Each cause has its own sentence, and none says more than is known."""

    @pytest.mark.parametrize(
        ("status", "age", "sentence"),
        [
            (Status.RUNNING, LONG_DEAD, "It gave no sign of life for 30 seconds: its server or worker was stopped,"),
            (Status.PENDING, LONG_DEAD, "It never began: its server was stopped, or the database was away."),
            (Status.RUNNING, -AHEAD, "Its last sign of life has a time in the future: a clock was set back."),
        ],
    )
    def test_where_only_the_row_tells(
        self, client: Client, status: SyncOperation.Status, age: timedelta, sentence: str
    ) -> None:
        make_active(status, age=age)
        text = text_of(client.get(STATUS))
        assert f"The last sync was interrupted. {sentence}" in text
        assert "Nothing was lost; start it again." in text
        assert "restarted" not in text

    @pytest.mark.usefixtures("standin")
    def test_where_the_process_was_told_to_stop(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(background.stopping, "is_set", lambda: True)
        assert run(WITHOUT_SPOTIFY).interrupted
        expected = "The last sync was interrupted when the server restarted. Nothing was lost; start it again."
        assert expected in text_of(client.get(STATUS))
