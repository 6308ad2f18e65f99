"""A run that waits to be done: one process takes it up, and it waits neither too short nor for ever."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import SyncOperation, SyncRecord
from catalog.models.sync import STALE_AFTER_SECONDS, WORKER_AWAITED_SECONDS
from catalog.services.errors import LeaseLost
from catalog.services.run_context import RunContext
from catalog.services.sync_manager import SyncManager
from catalog.tasks import run_sync
from demo.standin import StandIn
from tests.support.factories import make_operation
from tests.support.fragments import CANCEL, HTMX, STATUS, TRIGGER, text_of

Status = SyncOperation.Status
WAITING = "Waiting for a worker…"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tasks(settings: Any) -> None:
    settings.SYNC_RUNNER = "tasks"


def seconds_ago(seconds: float) -> datetime:
    return timezone.now() - timedelta(seconds=seconds)


def waiting_for(seconds: float) -> SyncOperation:
    """Make a run that was asked for so long ago and that nobody has taken up."""
    return make_operation(Status.PENDING, started_at=seconds_ago(seconds), heartbeat_at=seconds_ago(seconds))


class TestTakingUp:
    """Exactly one of those who are told to do a run does it."""

    @pytest.mark.parametrize("status", [status for status in Status if status != Status.PENDING])
    def test_a_run_that_is_not_waiting_is_left_as_it_is(self, standin: StandIn, status: SyncOperation.Status) -> None:
        operation = make_operation(status, heartbeat_at=seconds_ago(3))
        before = SyncOperation.objects.values().get()
        assert SyncManager().run_sync(operation.pk) == operation
        assert SyncOperation.objects.values().get() == before
        assert not SyncRecord.objects.exists()
        assert not standin.requests

    def test_the_second_may_not_write_although_it_was_told_the_same(self) -> None:
        pk = make_operation(Status.PENDING).pk
        first, second = (RunContext(SyncOperation.objects.get(pk=pk)) for _ in range(2))
        first.start("Fetching…")
        with pytest.raises(LeaseLost):
            second.start("Fetching…")
        with pytest.raises(LeaseLost):
            second.end(lambda: None, status=Status.FAILED)
        first.end(lambda: None, status=Status.COMPLETED)
        assert SyncOperation.objects.get().status == Status.COMPLETED

    def test_a_task_does_a_whole_run_once(self, standin: StandIn) -> None:
        operation = SyncManager().create_operation(triggered_by=SyncOperation.Trigger.BUTTON)
        for _ in range(2):
            run_sync.call(operation.pk)
        operation.refresh_from_db()
        assert operation.status == Status.COMPLETED
        assert standin.count("/spreadsheets/") == 1


@pytest.mark.usefixtures("tasks")
class TestWaitingForAWorker:
    """The page tells that none comes, and after a while what to do about it."""

    def test_a_worker_has_half_a_minute_before_the_page_says_anything(self, client: Client) -> None:
        waiting_for(STALE_AFTER_SECONDS - 5)
        assert WAITING not in text_of(client.get(STATUS))

    @pytest.mark.usefixtures("standin")
    @pytest.mark.parametrize("seconds", [STALE_AFTER_SECONDS + 1, WORKER_AWAITED_SECONDS - 5])
    def test_then_the_page_says_what_the_run_waits_for(self, client: Client, seconds: int) -> None:
        operation = waiting_for(seconds)
        assert WAITING in text_of(client.get(STATUS))
        assert client.post(TRIGGER, headers=HTMX).status_code == 409
        operation.refresh_from_db()
        assert operation.status == Status.PENDING

    def test_in_the_end_it_says_to_start_one(self, client: Client) -> None:
        operation = waiting_for(WORKER_AWAITED_SECONDS + 1)
        told = text_of(client.get(STATUS))
        assert "No worker took up the sync. It waited for one for 5 minutes." in told
        assert "Start one on the server with “python manage.py db_worker”" in told
        operation.refresh_from_db()
        assert (operation.status, operation.interrupted) == (Status.FAILED, False)
        assert not operation.record.success

    def test_a_worker_that_dies_later_is_noticed_as_soon_as_a_thread(self, client: Client) -> None:
        make_operation(Status.RUNNING, heartbeat_at=seconds_ago(STALE_AFTER_SECONDS + 1))
        assert "The last sync was interrupted" in text_of(client.get(STATUS))

    def test_cancelling_ends_it_at_once(self, client: Client) -> None:
        operation = waiting_for(2)
        assert "Sync cancelled." in text_of(client.post(CANCEL, headers=HTMX))
        operation.refresh_from_db()
        assert operation.status == Status.CANCELLED
        assert operation.record.error_message == ""


def test_a_thread_that_never_began_is_interrupted_after_half_a_minute(client: Client) -> None:
    waiting_for(STALE_AFTER_SECONDS + 1)
    assert "The last sync was interrupted" in text_of(client.get(STATUS))
