"""The conductor of a real run: its progress, heartbeat and cancel, on the operation's row."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

from django.db import transaction
from django.utils import timezone

from catalog.models import SyncOperation
from catalog.models.sync import HEARTBEAT_SECONDS, new_lease
from catalog.services import shutdown
from catalog.services.conductor import Unattended
from catalog.services.errors import LeaseLost, SyncCancelled, SyncInterrupted
from catalog.services.retrying import when_database_is_busy

# Called with the stage's message, what is done and the total, None while unknown.
OnProgress = Callable[[str, int, int | None], None]

logger = logging.getLogger(__name__)

WRITE_INTERVAL_SECONDS = 0.25
CANCEL_CHECK_SECONDS = 1


class RunConductor:
    """Shows a run on its row, and ends it where it was cancelled or declared dead.

    Every write is a compare-and-set on the lease: a run that has lost it gets `LeaseLost`
    and changes nothing any more.
    """

    def __init__(self, operation: SyncOperation, on_progress: OnProgress | None = None) -> None:
        self._on_progress = on_progress
        self._sync = operation.pk
        self._stage: SyncOperation.Stage | None = None
        self._stage_began_at = 0.0
        self.stage_seconds: dict[str, float] = {}
        self._row = SyncOperation.objects.active().filter(pk=operation.pk, lease=operation.lease)
        self._pending: dict[str, Any] = {}
        self._done = 0
        self._written_at = 0.0
        self._cancel_checked_at = 0.0

    def start(self, message: str) -> None:
        """Claim the waiting run for this process alone, and begin its first stage.

        The lease is a new one: whoever else was told to do this run never had the right to write.
        """
        waiting, lease = self._row.filter(status=SyncOperation.Status.PENDING), new_lease()
        claim = {"status": SyncOperation.Status.RUNNING, "lease": lease, "heartbeat_at": timezone.now()}
        if not when_database_is_busy(lambda: waiting.update(**claim), conductor=Unattended()):
            raise LeaseLost
        self._row = SyncOperation.objects.active().filter(pk=self._sync, lease=lease)
        self.enter(SyncOperation.Stage.FETCHING, message)

    def enter(self, stage: SyncOperation.Stage, message: str) -> None:
        """Begin a stage: its count starts again from 0 of an unknown total."""
        self.close_stage()
        self._stage, self._stage_began_at = stage, monotonic()
        self._done = 0
        self._pending |= {
            "stage": stage,
            "stage_message": message,
            "albums_processed": 0,
            "total_albums": None,
            "current_tab": "",
        }
        self._show(message, None)
        self.flush()

    def close_stage(self) -> None:
        """Note how long the stage took that ends now, and log it."""
        if self._stage is None:
            return
        stage, seconds = self._stage.value, round(monotonic() - self._stage_began_at, 3)
        self._stage, self.stage_seconds[stage] = None, seconds
        logger.info(
            *("Sync %d: %s took %.1f s.", self._sync, stage, seconds),
            extra={"sync": self._sync, "stage": stage, "seconds": seconds},
        )

    def report(self, *, done: int, total: int | None, message: str) -> None:
        """Show progress; within a stage it never goes back and never passes the total."""
        self._done = max(self._done, done if total is None else min(done, total))
        self._pending |= {"albums_processed": self._done, "total_albums": total, "stage_message": message}
        self._show(message, total)
        self.tick()

    def show_tab(self, name: str) -> None:
        """Show which tab of the sheet is being read."""
        self._pending["current_tab"] = name[:100]
        self.tick()

    def tick(self) -> None:
        """Write what is pending when it is time, beat, and look whether to stop."""
        if shutdown.stopping.is_set():
            raise SyncInterrupted("The server was stopped while it ran.")
        silent_for = monotonic() - self._written_at
        if silent_for >= (WRITE_INTERVAL_SECONDS if self._pending else HEARTBEAT_SECONDS):
            self.flush()
        if monotonic() - self._cancel_checked_at >= CANCEL_CHECK_SECONDS:
            self._check_cancel()

    def flush(self) -> None:
        """Write what is pending now, with a heartbeat."""
        when_database_is_busy(lambda: self._claim(**self._pending), conductor=Unattended())
        self._pending = {}
        self._written_at = monotonic()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Open a transaction that begins by claiming the row, so that no other run can have it meanwhile."""
        with transaction.atomic():
            self._claim()
            yield

    def write(self, attempt: Callable[[], object]) -> None:
        """Call `attempt` in a transaction of its own, again where the database was busy."""

        def claim_and_attempt() -> None:
            with self.transaction():
                attempt()

        when_database_is_busy(claim_and_attempt, conductor=Unattended())

    def end(self, **fields: Any) -> None:
        """Write the run's end, as part of a `write`; whoever polls next sees it."""
        self._claim(completed_at=timezone.now(), **self._pending | fields)

    def _show(self, message: str, total: int | None) -> None:
        if self._on_progress:
            self._on_progress(message, self._done, total)

    def _claim(self, **fields: Any) -> None:
        if not self._row.update(heartbeat_at=timezone.now(), **fields):
            raise LeaseLost

    def _check_cancel(self) -> None:
        self._cancel_checked_at = monotonic()
        if when_database_is_busy(self._row.filter(cancel_requested=True).exists, conductor=Unattended()):
            raise SyncCancelled
