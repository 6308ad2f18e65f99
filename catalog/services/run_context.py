"""What each step of a run gets of it: heartbeat, progress, and reads and writes that outlast a busy database."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from time import monotonic
from typing import Any, TypeVar

from django.db import connection, transaction
from django.db.models.functions import Now

from catalog.models import SyncOperation
from catalog.models.optional_writes import UNWRITABLE_ERRORS
from catalog.models.sync import HEARTBEAT_SECONDS, new_lease
from catalog.services import background
from catalog.services.errors import DatabaseTrouble, LeaseLost, ServerStopped, SyncCancelled, SyncFrozen
from catalog.services.journal.journal import Journal

# Called with the stage's message, what is done and the total, None while unknown.
OnProgress = Callable[[str, int, int | None], None]

logger = logging.getLogger(__name__)

WRITE_INTERVAL_SECONDS = 0.25
CANCEL_CHECK_SECONDS = 1
# Every call and every pause has a limit of its own that is shorter.
FROZEN_AFTER_SECONDS = 600
# Once a run has nothing else to do than to say how it ended, it waits longer for the database.
PAUSES_BEFORE_THE_END_SECONDS = (8, 15, 15)
# Beside the 20 s for which SQLite itself waits for a lock.
RETRY_PAUSES_SECONDS = (0.2, 0.5, 1, 2, 4)
LONGEST_TAB = 100
DATABASE_AWAY = "The database is locked, full, read-only or cannot be reached."

T = TypeVar("T")


def retry_while_busy(
    attempt: Callable[[], T], tick: background.Tick = lambda: None, *, more_pauses: Sequence[float] = ()
) -> T:
    """Call `attempt`, and call it again where the database was locked or away.

    `attempt` is one query or one whole transaction. Raises `DatabaseTrouble` when it has failed too often, and
    `OperationalError` at once where its values are at fault.
    """
    for pause in (*RETRY_PAUSES_SECONDS, *more_pauses):
        try:
            return attempt()
        except UNWRITABLE_ERRORS as error:
            if _is_about_the_values(error):
                raise
            connection.close_if_unusable_or_obsolete()
            background.wait_in_steps(pause, tick)
    try:
        return attempt()
    except UNWRITABLE_ERRORS as error:
        raise DatabaseTrouble(DATABASE_AWAY) from error


def _is_about_the_values(error: Exception) -> bool:
    """Recognise PostgreSQL's class 54, a limit that no waiting lifts: a text too long for an index, for example."""
    return str(getattr(error.__cause__, "sqlstate", None)).startswith("54")


class StepContext:
    """The run as its steps see it; this base class serves work outside a run, which nobody watches or cancels."""

    def tick(self) -> None:
        """Write the heartbeat when it is due; cheap, to be called at least twice a second.

        Raises `SyncStopped` where the run was cancelled or has lost its lease.
        """

    def report(self, *, done: int, total: int | None, message: str, tab: str = "") -> None:
        """Show progress: `done` of `total` within the stage, with a sentence for people and the tab at hand."""

    def transaction(self) -> AbstractContextManager[object]:
        """Open a transaction that commits only while the run is in force; raises `LeaseLost` otherwise."""
        return transaction.atomic()

    def read(self, query: Callable[[], T]) -> T:
        """Return what `query` returns, and wait for a busy database."""
        return retry_while_busy(query, self.tick)

    def write(self, attempt: Callable[[], T]) -> T:
        """Call `attempt` in a transaction of its own, and wait for a busy database."""

        def in_transaction() -> T:
            with self.transaction():
                return attempt()

        return retry_while_busy(in_transaction, self.tick)


class RunContext(StepContext):
    """A real run, on its operation's row.

    Every write is a compare-and-set on the lease: a run that has lost it gets `LeaseLost` and changes nothing more.
    """

    def __init__(self, operation: SyncOperation, on_progress: OnProgress | None = None) -> None:
        self._on_progress = on_progress
        self._sync = operation.pk
        self.journal = Journal(prefix=f"Sync {operation.pk}: ")
        self._stage: SyncOperation.Stage | None = None
        self._stage_began_at = 0.0
        self.stage_seconds: dict[str, float] = {}
        self._row = SyncOperation.objects.active().filter(pk=operation.pk, lease=operation.lease)
        self._pending: dict[str, Any] = {}
        self._done = 0
        self._written_at = 0.0
        self._cancel_checked_at = 0.0
        self._shown: tuple[object, ...] = ()
        self._moved_at = monotonic()

    # Stages ----------------------------------------------------------------------------

    def start(self, message: str) -> None:
        """Claim the pending run for this process, and begin its first stage.

        The lease is a new one: whoever else was told to do this run never had the right to write.
        """
        pending, lease = self._row.filter(status=SyncOperation.Status.PENDING), new_lease()
        claim = {"status": SyncOperation.Status.RUNNING, "lease": lease, "heartbeat_at": Now()}
        if not retry_while_busy(lambda: pending.update(**claim)):
            raise LeaseLost
        self._row = SyncOperation.objects.active().filter(pk=self._sync, lease=lease)
        self.enter(SyncOperation.Stage.FETCHING, message)

    def enter(self, stage: SyncOperation.Stage, message: str) -> None:
        """Begin a stage: its count starts again from 0 of an unknown total."""
        self.close_stage()
        self._stage, self._stage_began_at = stage, monotonic()
        self._done = 0
        self._note_movement(message)
        self._pending |= {"stage": stage, "stage_started_at": Now(), "stage_message": message, "current_tab": ""}
        self._pending |= {"albums_processed": 0, "total_albums": None}
        logger.info("Sync %d: %s", self._sync, message)
        self._notify(message, None)
        self.flush()

    def close_stage(self) -> None:
        """Note and log how long the present stage took."""
        if self._stage is None:
            return
        stage, seconds = self._stage.value, round(monotonic() - self._stage_began_at, 3)
        self._stage, self.stage_seconds[stage] = None, seconds
        extra = {"sync": self._sync, "stage": stage, "seconds": seconds}
        logger.info("Sync %d: %s took %.1f s.", self._sync, stage, seconds, extra=extra)

    # Steps -----------------------------------------------------------------------------

    def report(self, *, done: int, total: int | None, message: str, tab: str = "") -> None:
        """Show progress; within a stage it never goes back and never passes the total."""
        self._done = max(self._done, done if total is None else min(done, total))
        self._note_movement(message, self._done, total)
        self._pending |= {"albums_processed": self._done, "total_albums": total, "stage_message": message}
        self._pending["current_tab"] = tab[:LONGEST_TAB]
        self._notify(message, total)
        self.tick()

    def show_tab(self, name: str) -> None:
        """Show which tab of the sheet is being read."""
        self._note_movement(f"Reading the tab “{name}”…")
        self._pending["current_tab"] = name[:LONGEST_TAB]
        self.tick()

    def tick(self) -> None:
        """Write what is pending or the heartbeat when it is due, and look for a cancel."""
        if background.stopping.is_set():
            raise ServerStopped("The server was stopped while it ran.")
        silent_for = monotonic() - self._written_at
        if silent_for >= (WRITE_INTERVAL_SECONDS if self._pending else HEARTBEAT_SECONDS):
            self.flush()
        if monotonic() - self._cancel_checked_at >= CANCEL_CHECK_SECONDS:
            self._check_cancel()
        if monotonic() - self._moved_at >= FROZEN_AFTER_SECONDS:
            raise self._frozen()

    def flush(self) -> None:
        """Write what is pending now, with a heartbeat and the news of the journal."""
        fields = self._pending | self.journal.news()
        retry_while_busy(lambda: self._claim(**fields))
        self._pending = {}
        self._written_at = monotonic()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Open a transaction that first claims the row, so that no other run can have it meanwhile."""
        with transaction.atomic():
            self._claim()
            yield
        self._moved_at = monotonic()

    def end(self, save: Callable[[], object], **fields: Any) -> None:
        """Write the run's end and call `save` in one transaction; a cancelled run may end too."""

        def save_and_end() -> None:
            with self.transaction():
                save()
                self._claim(completed_at=Now(), **self._pending | self.journal.columns() | fields)

        retry_while_busy(save_and_end, more_pauses=PAUSES_BEFORE_THE_END_SECONDS)

    def _note_movement(self, message: str, *details: object) -> None:
        if (message, *details) != self._shown:
            self._shown, self._moved_at = (message, *details), monotonic()

    def _frozen(self) -> SyncFrozen:
        """Log where the run's threads are; the run may still write its end."""
        self._moved_at = monotonic()
        logger.error("Sync %d has not moved for %d s.\n%s", self._sync, FROZEN_AFTER_SECONDS, background.stacks())
        minutes = FROZEN_AFTER_SECONDS // 60
        return SyncFrozen(f"Nothing moved for {minutes} minutes after “{self._shown[0]}”.")

    def _notify(self, message: str, total: int | None) -> None:
        if self._on_progress:
            self._on_progress(message, self._done, total)

    def _claim(self, **fields: Any) -> None:
        if not self._row.update(heartbeat_at=Now(), **fields):
            raise LeaseLost

    def _check_cancel(self) -> None:
        self._cancel_checked_at = monotonic()
        if retry_while_busy(self._row.filter(cancel_requested=True).exists):
            raise SyncCancelled
