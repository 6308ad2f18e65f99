"""The only door to syncs: starting one, asking it to stop, and clearing up after one that died."""

import gc
import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import IntegrityError, InterfaceError, OperationalError, connection, models, transaction
from django.db.models import Count
from django.utils import timezone

from catalog.models import Album, AlbumChange, SyncOperation, SyncRecord
from catalog.models.sync import WORKER_AWAITED_SECONDS, new_lease
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
from catalog.services.run_context import DATABASE_AWAY, OnProgress, StepContext, retry_while_busy
from catalog.services.sync_run import ServiceAccess, SyncOptions, SyncRun, fetch
from catalog.vocabulary.credentials import missing_credentials

logger = logging.getLogger(__name__)

USUAL = SyncOptions()
ADDRESSES_KEPT = timedelta(days=30)
USUAL_COLLECTIONS = gc.get_threshold()
RARE_COLLECTIONS = (20_000, 50, 100)
Status, Trigger = SyncOperation.Status, SyncOperation.Trigger


class SyncInProgress(Exception):
    """Another sync is active."""


@dataclass(frozen=True)
class Preview:
    """The operation and record that a sync would leave, and its changes with their albums."""

    operation: SyncOperation
    record: SyncRecord
    changes: tuple[AlbumChange, ...]


class SyncManager:
    """Starts, runs and ends syncs; at most one is active at a time, whoever asks."""

    def start_sync(self, *, ip: str | None = None) -> SyncOperation:
        """Create a run and start it where SYNC_RUNNER says; return its operation.

        Raises `SpotifyCredentialsMissing` and `SyncInProgress`; neither leaves a trace.
        """
        start = RUNNERS[settings.SYNC_RUNNER]
        return start(partial(self.create_operation, triggered_by=Trigger.BUTTON, ip=ip))

    def create_operation(
        self, *, triggered_by: SyncOperation.Trigger, ip: str | None = None, options: SyncOptions = USUAL
    ) -> SyncOperation:
        """Create the one pending run, after clearing up after one that died; raises as `start_sync` does."""
        if not options.skip_spotify:
            check_credentials()
        self.reap_stale()
        try:
            with transaction.atomic():
                operation = SyncOperation.objects.create(
                    triggered_by=triggered_by, created_by_ip=ip, stage_message="Starting…"
                )
                _forget_old_addresses()
        except IntegrityError as error:
            raise SyncInProgress from error
        return operation

    def run_sync(
        self, operation_id: int, options: SyncOptions = USUAL, on_progress: OnProgress | None = None
    ) -> SyncOperation:
        """Do a whole run and return its operation as it ended; failures end on that row.

        A run that is not pending, because another process does it or it has ended, is left as it is.
        """
        operation = _load(operation_id)
        try:
            with _rare_collections():
                _run_to_its_end(SyncRun(operation, options, _access(), on_progress))
        except LeaseLost:
            logger.warning("Sync %d is not this process's to do, or no longer; it has stopped.", operation_id)
        return _load(operation_id)

    def preview(self, options: SyncOptions) -> Preview:
        """Do a whole run in one transaction and roll it back.

        Other writers wait while the sheet is read, but not for its download, which can take minutes. Raises what
        makes that impossible.
        """
        options = replace(options, workbook=fetch(options, _access(), tick=StepContext().tick))
        with transaction.atomic():
            operation = self.create_operation(triggered_by=Trigger.COMMAND, options=options)
            operation = self.run_sync(operation.pk, options)
            record = operation.record
            changes = tuple(AlbumChange.objects.filter(record=record).select_related("album__artist"))
            transaction.set_rollback(True)
        return Preview(operation, record, changes)

    def cancel(self) -> None:
        """Ask the active run to end; it does so within two seconds, and at once where nobody has taken it up."""
        SyncOperation.objects.active().update(cancel_requested=True)
        waiting = SyncOperation.objects.filter(status=Status.PENDING)
        for operation in waiting:
            _end_from_outside(waiting, operation, status=Status.CANCELLED)

    def is_stale(self, operation: SyncOperation) -> bool:
        """Whether an active run has not beaten for so long that its process must be dead."""
        return operation.is_stale(awaits_worker=_awaits_worker())

    def reap_stale(self) -> None:
        """Mark a run as interrupted whose process is dead."""
        for operation in SyncOperation.objects.stale(awaits_worker=_awaits_worker()):
            _reap(operation)


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


def _access() -> ServiceAccess:
    return ServiceAccess(
        sheet_url=settings.GOOGLE_SHEETS_XLSX_URL,
        spotify_client_id=settings.SPOTIFY_CLIENT_ID,
        spotify_client_secret=settings.SPOTIFY_CLIENT_SECRET,
        spotify_api_url=settings.SPOTIFY_API_URL,
        spotify_token_url=settings.SPOTIFY_TOKEN_URL,
        spotify_requests=settings.SPOTIFY_REQUESTS_PER_SYNC,
    )


def _awaits_worker() -> bool:
    return settings.SYNC_RUNNER == "tasks"


# Running -----------------------------------------------------------------------------------


def _load(operation_id: int) -> SyncOperation:
    return retry_while_busy(partial(SyncOperation.objects.get, pk=operation_id))


def _forget_old_addresses() -> None:
    old = SyncOperation.objects.filter(started_at__lt=timezone.now() - ADDRESSES_KEPT)
    old.exclude(created_by_ip=None).update(created_by_ip=None)


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
    except (OperationalError, InterfaceError):
        logger.exception("The database failed where nothing could be tried again.")
        run.record.fail(DatabaseTrouble(DATABASE_AWAY))
    except Exception:
        # The one broad except of the project: a run ends with a sentence, whatever happened to it.
        reference = secrets.token_hex(4)
        logger.exception("A sync failed unexpectedly, reference %s.", reference)
        run.record.fail(UnexpectedFailure(f"Something happened that we did not foresee (reference {reference})."))


# Ending a run from outside -----------------------------------------------------------------


def _reap(operation: SyncOperation) -> None:
    """Take the lease of a dead run, unless it has come back or another process was faster."""
    if operation.status == Status.PENDING and _awaits_worker():
        error: SyncError = NoWorker(f"It waited for one for {WORKER_AWAITED_SECONDS // 60} minutes.")
    else:
        error = SyncInterrupted("The server restarted while it ran.")
    _end_from_outside(
        SyncOperation.objects.stale(awaits_worker=_awaits_worker()).filter(status=operation.status),
        operation,
        status=Status.FAILED,
        interrupted=isinstance(error, SyncInterrupted),
        error_title=error.title,
        error_message=error.message(),
    )


def _end_from_outside(
    rows: models.QuerySet[SyncOperation], operation: SyncOperation, *, status: SyncOperation.Status, **fields: Any
) -> None:
    """End a run that is still among `rows` and has kept its lease, with a record of what it had saved."""
    now = timezone.now()
    with transaction.atomic():
        ending = rows.filter(pk=operation.pk, lease=operation.lease)
        if not ending.update(status=status, lease=new_lease(), completed_at=now, **fields):
            return
        SyncRecord.objects.update_or_create(
            operation=operation,
            defaults={
                "error_message": fields.get("error_message", ""),
                "sync_timestamp": now,
                "total_albums_in_catalog": Album.objects.visible().count(),
                **_saved_changes(operation),
            },
        )
    logger.warning("Sync %d was ended from outside in stage %s: %s.", operation.pk, operation.stage, status.value)


def _saved_changes(operation: SyncOperation) -> dict[str, int]:
    """Count what a run had saved before it died, under the names of its record's fields."""
    kinds = AlbumChange.objects.filter(record__operation=operation).order_by().values_list("kind")
    return {f"albums_{kind}": count for kind, count in kinds.annotate(Count("pk"))}
