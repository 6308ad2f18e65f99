"""The only door to syncs: starting one, asking it to stop, and clearing up after one that died."""

import gc
import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection, models, transaction
from django.db.models import Count
from django.db.models.functions import Now
from django.utils import timezone

from catalog.models import Album, AlbumChange, SyncOperation, SyncRecord, SyncSchedule, Workbook
from catalog.models.optional_writes import UNWRITABLE_ERRORS, write_if_possible
from catalog.models.sync import (
    RETRY_PAUSES,
    STALE_AFTER_SECONDS,
    WORKER_AWAITED_SECONDS,
    SyncOperationQuerySet,
    new_lease,
)
from catalog.services import background
from catalog.services.errors import (
    DatabaseTrouble,
    LeaseLost,
    NoWorker,
    SpotifyCredentialsMissing,
    SyncCancelled,
    SyncError,
    SyncInterrupted,
    UnexpectedFailure,
)
from catalog.services.notify.notifier import Notifier, NotifyOptions
from catalog.services.run_context import DATABASE_AWAY, OnProgress, StepContext, retry_while_busy
from catalog.services.sync_run import ServiceAccess, SyncOptions, SyncRun, fetch, read, undo_options
from catalog.vocabulary.credentials import missing_credentials

logger = logging.getLogger(__name__)

USUAL = SyncOptions()
USUAL_COLLECTIONS = gc.get_threshold()
RARE_COLLECTIONS = (20_000, 50, 100)
Status, Trigger = SyncOperation.Status, SyncOperation.Trigger

# Why a run has died, as far as its row tells.
SILENT = (
    f"It gave no sign of life for {STALE_AFTER_SECONDS} seconds: its server or worker was stopped, "
    "the database was away, or a clock was changed."
)
NEVER_BEGAN = "It never began: its server was stopped, or the database was away."
AHEAD = "Its last sign of life has a time in the future: a clock was set back."


class SyncInProgress(Exception):
    """Another sync is active."""


class PreviewOutdated(Exception):
    """A run has begun since the preview of an undo."""


class ClaimLost(Exception):
    """Another process starts the run that is due."""


@contextmanager
def _database_trouble_told() -> Iterator[None]:
    """Raise `DatabaseTrouble` where the database cannot be written."""
    try:
        yield
    except UNWRITABLE_ERRORS as error:
        raise DatabaseTrouble(DATABASE_AWAY) from error


@dataclass(frozen=True)
class Preview:
    """The operation and record that a sync would leave, and its changes by kind, with their albums."""

    operation: SyncOperation
    record: SyncRecord
    changes: tuple[AlbumChange, ...]


class SyncManager:
    """Starts, runs and ends syncs; at most one is active at a time, whoever asks."""

    @_database_trouble_told()
    def start_sync(self, *, ip: str | None = None) -> SyncOperation:
        """Create a run and start it where SYNC_RUNNER says; return its operation.

        Raises `SpotifyCredentialsMissing`, `SyncInProgress` and `DatabaseTrouble`; none leaves a trace.
        """
        start = RUNNERS[settings.SYNC_RUNNER]
        return start(partial(self.create_operation, triggered_by=Trigger.BUTTON, ip=ip))

    def start_due(self, now: datetime) -> None:
        """Start a retry, or the next sync of SYNC_EVERY, if it is due; of several processes only one does."""
        self.reap_stale()
        is_held = SyncOperation.objects.holding().exists()
        failed = None if is_held else SyncOperation.objects.due_for_retry(now).first()
        if failed:
            self._start_claimed(failed.claim_retry, triggered_by=Trigger.RETRY, retries=failed.retries_left - 1)
        every = settings.SYNC_EVERY
        schedule = SyncSchedule.plan(every, now)
        if schedule and schedule.next_at <= now:
            claim = partial(schedule.claim, every, now)
            if is_held:
                claim()
            else:
                self._start_claimed(claim, triggered_by=Trigger.SCHEDULE)

    def _start_claimed(self, claim: Callable[[], bool], **how: Any) -> None:
        """Claim and start a run, both or neither; where no run can start, the claim alone."""

        def create() -> SyncOperation:
            with transaction.atomic():
                if not claim():
                    raise ClaimLost
                return self.create_operation(**how)

        try:
            RUNNERS[settings.SYNC_RUNNER](create)
        except ClaimLost:
            pass
        except SyncInProgress:
            claim()
        except SpotifyCredentialsMissing as error:
            claim()
            logger.warning("No sync could start by itself. %s", error.what_happened)

    @_database_trouble_told()
    def create_operation(
        self,
        *,
        triggered_by: SyncOperation.Trigger,
        ip: str | None = None,
        options: SyncOptions = USUAL,
        retries: int = len(RETRY_PAUSES),
        **fields: Any,
    ) -> SyncOperation:
        """Create the one pending run, after clearing up after one that died; raises as `start_sync` does.

        A run with options of its own is never tried again, because a retry would do without them. Any run ends the
        wait since an undo.
        """
        if not options.skip_spotify:
            check_credentials()
        self.reap_stale()
        try:
            with transaction.atomic():
                SyncOperation.objects.holding().update(holds_syncs=False)
                now = SyncSchedule.clock()
                operation = SyncOperation.objects.create(
                    triggered_by=triggered_by,
                    created_by_ip=ip,
                    stage_message="Starting…",
                    started_at=now,
                    stage_started_at=now,
                    heartbeat_at=now,
                    retries_left=retries if options == USUAL else 0,
                    **fields,
                )
                SyncOperation.objects.exclude(retry_at=None).update(retry_at=None)
        except IntegrityError as error:
            raise SyncInProgress from error
        operation.read_at = now
        return operation

    def run_sync(
        self, operation_id: int, options: SyncOptions = USUAL, on_progress: OnProgress | None = None
    ) -> SyncOperation:
        """Do a whole run and return its operation as it ended; failures end on that row.

        A run that is not pending, because another process does it or it has ended, is left as it is. An undo says
        itself what it reads.
        """
        operation = _load(operation_id)
        if operation.triggered_by == Trigger.UNDO:
            options = undo_options(operation.workbook_digest)
        notifier = Notifier(_notify_options(), operation)
        notifier.tell_start()
        try:
            run = SyncRun(operation, options, service_access(), on_progress)
            with _rare_collections(), run.journal.kept():
                _run_to_its_end(run)
            notifier.tell_end()
        except LeaseLost:
            logger.warning("Sync %d is not this process's to do, or no longer; it has stopped.", operation_id)
        return _load(operation_id)

    @_database_trouble_told()
    def preview(self, options: SyncOptions, *, most_of_a_kind: int | None = None) -> Preview:
        """Do a whole run in one transaction and roll it back; raises what makes that impossible.

        Other writers wait for the import, but not while the sheet is fetched and read, which takes much longer.
        """
        tick = StepContext().tick
        readings = read(fetch(options, service_access(), tick=tick), options, tick=tick)
        options = replace(options, readings=readings)
        with transaction.atomic():
            operation = self.create_operation(triggered_by=Trigger.COMMAND, options=options)
            operation = self.run_sync(operation.pk, options)
            changes = tuple(_first_changes(operation.record, most_of_a_kind))
            transaction.set_rollback(True)
        return Preview(operation, operation.record, changes)

    def preview_undo(self, workbook: Workbook, *, most_of_a_kind: int | None = None) -> Preview:
        return self.preview(undo_options(workbook.digest), most_of_a_kind=most_of_a_kind)

    @_database_trouble_told()
    def start_undo(self, workbook: Workbook, *, after: int, ip: str | None = None) -> SyncOperation:
        """Start a run that goes back to a kept workbook; the preview that was confirmed knew runs up to `after`.

        Raises `PreviewOutdated`, `SyncInProgress` and `DatabaseTrouble`; none leaves a trace.
        """

        def create() -> SyncOperation:
            with transaction.atomic():
                if SyncOperation.objects.filter(pk__gt=after).exists():
                    raise PreviewOutdated
                return self.create_undo(workbook, ip=ip)

        return RUNNERS[settings.SYNC_RUNNER](create)

    def create_undo(self, workbook: Workbook, *, ip: str | None = None) -> SyncOperation:
        """Create a run that goes back to a kept workbook; raises as `create_operation` does."""
        return self.create_operation(
            triggered_by=Trigger.UNDO,
            ip=ip,
            options=undo_options(workbook.digest),
            workbook_digest=workbook.digest,
            sheet_of=workbook.read_at,
            holds_syncs=True,
        )

    @_database_trouble_told()
    def go_on(self) -> None:
        """End the wait since an undo: syncs start by themselves again. Raises `DatabaseTrouble`."""
        SyncOperation.objects.holding().update(holds_syncs=False)

    @_database_trouble_told()
    def cancel(self, operation_id: int | None = None) -> None:
        """Ask the active run, or this one, to end: it does so within two seconds, and at once where nobody conducts it.

        Raises `DatabaseTrouble`.
        """
        runs = SyncOperation.objects.active()
        if operation_id is not None:
            runs = runs.filter(pk=operation_id)
        runs.update(cancel_requested=True)
        unconducted = runs.filter(status=Status.PENDING) | runs.stale(awaits_worker=_awaits_worker())
        for operation in unconducted:
            _end_from_outside(unconducted, operation, status=Status.CANCELLED)

    def is_stale(self, operation: SyncOperation) -> bool:
        """Whether the heartbeat of an active run says that its process is dead."""
        return operation.is_stale(awaits_worker=_awaits_worker())

    def reap_stale(self) -> None:
        """Mark a run as interrupted whose process is dead."""
        # The age is taken here, because the query for the stale ones takes three times as long to build.
        for operation in filter(self.is_stale, SyncOperation.objects.active().with_clock()):
            _end_from_outside(_stale().filter(status=operation.status), operation, **_end_of_dead(operation))

    def reap_if_possible(self) -> None:
        """Reap where the database can be written now; a page neither fails nor waits because of a dead run."""
        if _stale().exists():
            write_if_possible(self.reap_stale)

    def show_end_if_dead(self, operation: SyncOperation) -> None:
        """Give a dead run that could not be reaped the words of its end, without saving them."""
        if self.is_stale(operation):
            for name, value in _end_of_dead(operation).items():
                setattr(operation, name, value)


# Where a run is done -----------------------------------------------------------------------

# A starter is given what creates the run's row.
Starter = Callable[[Callable[[], SyncOperation]], SyncOperation]


def _start_thread(create: Callable[[], SyncOperation]) -> SyncOperation:
    operation = create()
    background.start_run(partial(_run_in_thread, operation.pk), name=f"sync-{operation.pk}")
    return operation


def _run_in_thread(operation_id: int) -> None:
    try:
        SyncManager().run_sync(operation_id)
    finally:
        connection.close()


# By the value of SYNC_RUNNER; `tasks.py` adds its own.
RUNNERS: dict[str, Starter] = {"thread": _start_thread}


# Settings ----------------------------------------------------------------------------------


def check_credentials() -> None:
    """Raise `SpotifyCredentialsMissing`, naming what is not set."""
    missing = missing_credentials(client_id=settings.SPOTIFY_CLIENT_ID, client_secret=settings.SPOTIFY_CLIENT_SECRET)
    if missing:
        raise SpotifyCredentialsMissing(f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set.")


def service_access() -> ServiceAccess:
    """Return where the services are and how to ask them, as the settings say."""
    return ServiceAccess(
        sheet_url=settings.GOOGLE_SHEETS_XLSX_URL,
        spotify_client_id=settings.SPOTIFY_CLIENT_ID,
        spotify_client_secret=settings.SPOTIFY_CLIENT_SECRET,
        spotify_api_url=settings.SPOTIFY_API_URL,
        spotify_token_url=settings.SPOTIFY_TOKEN_URL,
        spotify_requests=settings.SPOTIFY_REQUESTS_PER_SYNC,
        workbooks_kept=settings.WORKBOOKS_KEPT,
    )


def _notify_options() -> NotifyOptions:
    return NotifyOptions(
        url=settings.NOTIFY_URL,
        style=settings.NOTIFY_STYLE,
        allow_private=settings.NOTIFY_PRIVATE,
        site_url=settings.SITE_URL,
    )


def _awaits_worker() -> bool:
    return settings.SYNC_RUNNER == "tasks"


# Running -----------------------------------------------------------------------------------


def _load(operation_id: int) -> SyncOperation:
    return retry_while_busy(partial(SyncOperation.objects.get, pk=operation_id))


def _first_changes(record: SyncRecord, most_of_a_kind: int | None) -> Iterator[AlbumChange]:
    for kind in AlbumChange.Kind:
        changes = AlbumChange.objects.filter(record=record, kind=kind).select_related("album__artist")
        yield from changes[:most_of_a_kind]


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Collect garbage in cycles less often in this process.

    A run makes very many objects and no cycles. With Python's usual thresholds all of them would be examined
    a dozen times, and meanwhile no page of this process is answered.
    """
    gc.set_threshold(*RARE_COLLECTIONS)
    try:
        yield
    finally:
        gc.set_threshold(*USUAL_COLLECTIONS)


def _run_to_its_end(run: SyncRun) -> None:
    try:
        run.run()
    except (SyncCancelled, KeyboardInterrupt):
        run.record.end(Status.CANCELLED)
    except SyncError as error:
        run.record.fail(error)
    except LeaseLost:
        raise
    except UNWRITABLE_ERRORS:
        logger.exception("The database failed where nothing could be tried again.")
        run.record.fail(DatabaseTrouble(DATABASE_AWAY))
    except Exception:
        # A broad except, as only the doctor has another: a run ends with a sentence, whatever happened to it.
        reference = secrets.token_hex(4)
        logger.exception("A sync failed unexpectedly, reference %s.", reference)
        run.record.fail(UnexpectedFailure(f"Something happened that we did not foresee (reference {reference})."))


# Ending a run from outside -----------------------------------------------------------------


def _stale() -> SyncOperationQuerySet:
    return SyncOperation.objects.stale(awaits_worker=_awaits_worker())


def _end_of_dead(operation: SyncOperation) -> dict[str, Any]:
    """Return the fields that say how a dead run ended."""
    error = _cause_of_death(operation)
    pause = operation.retry_pause() if error.is_temporary else None
    return {
        "status": Status.FAILED,
        "interrupted": isinstance(error, SyncInterrupted),
        "error_title": error.title,
        "error_message": error.message(is_retried=pause is not None),
        "retry_at": operation.read_time() + pause if pause else None,
    }


def _cause_of_death(operation: SyncOperation) -> SyncError:
    if operation.is_ahead():
        return SyncInterrupted(AHEAD)
    if operation.status == Status.RUNNING:
        return SyncInterrupted(SILENT)
    if _awaits_worker():
        return NoWorker(f"It waited for one for {WORKER_AWAITED_SECONDS // 60} minutes.")
    return SyncInterrupted(NEVER_BEGAN)


def _end_from_outside(
    rows: models.QuerySet[SyncOperation], operation: SyncOperation, *, status: SyncOperation.Status, **fields: Any
) -> None:
    """End a run that is still among `rows` and has kept its lease, with a record of what it had saved."""
    with transaction.atomic():
        ending = rows.filter(pk=operation.pk, lease=operation.lease)
        if not ending.update(status=status, lease=new_lease(), completed_at=Now(), **fields):
            return
        SyncRecord.objects.update_or_create(
            operation=operation,
            defaults={
                "error_message": fields.get("error_message", ""),
                "sync_timestamp": timezone.now(),
                "total_albums_in_catalog": Album.objects.visible().count(),
                **_saved_changes(operation),
            },
        )
    transaction.on_commit(Notifier(_notify_options(), operation).tell_end_aside, robust=True)
    logger.warning("Sync %d was ended from outside in stage %s: %s.", operation.pk, operation.stage, status.value)


def _saved_changes(operation: SyncOperation) -> dict[str, int]:
    """Count what a run had saved before it died, under the names of its record's fields."""
    kinds = AlbumChange.objects.filter(record__operation=operation).order_by().values_list("kind")
    return {f"albums_{kind}": count for kind, count in kinds.annotate(Count("pk"))}
