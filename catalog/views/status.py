"""Loading what the status region shows, after ending a run whose process died."""

from django.http import HttpRequest
from django.utils import timezone

from catalog.models import RowIssue, SpotifyPause, SyncOperation, SyncRecord
from catalog.models.sync import SyncOperationQuerySet
from catalog.presentation.sync_status import SyncStatus
from catalog.services.sync_manager import SyncManager
from catalog.vocabulary.issues import IssueKind

DISMISSED_COOKIE = "dismissed_sync"
FAILED_ALBUMS_SHOWN = 5


def status_for(request: HttpRequest, *, conflict: bool = False, with_stamp: bool = False) -> SyncStatus:
    """Return the status of the latest run; an end that this visitor dismissed is not shown again.

    Its operation has a `catalog_stamp` only where that is asked for: polls do without.
    """
    runs = SyncOperation.objects.select_related("record").with_asking_run().current()
    operation = load_run(runs.with_curated_genres() if with_stamp else runs)
    if operation is None:
        return SyncStatus(last_sync=SyncRecord.last_success())
    is_dismissed = request.COOKIES.get(DISMISSED_COOKIE) == str(operation.pk)
    return status_of(operation, conflict=conflict, is_dismissed=is_dismissed)


def status_of(operation: SyncOperation, *, conflict: bool = False, is_dismissed: bool = False) -> SyncStatus:
    if operation.is_active():
        return SyncStatus(operation, conflict=conflict)
    record = _record_of(operation)
    return SyncStatus(
        operation,
        record,
        last_sync=SyncRecord.last_success() if is_dismissed else None,
        pause=SpotifyPause.objects.in_force(timezone.now()).first() if record.backlog else None,
        failed_albums=_failed_albums(record),
        conflict=conflict,
        is_dismissed=is_dismissed,
    )


def load_run(runs: SyncOperationQuerySet) -> SyncOperation | None:
    """Return the first of the runs; one whose process died is interrupted, whether or not that can be saved now."""
    manager, runs = SyncManager(), runs.with_clock()
    operation = runs.first()
    if operation and manager.is_stale(operation):
        manager.reap_if_possible()
        operation = runs.first()
    if operation:
        manager.show_end_if_dead(operation)
    return operation


def _record_of(operation: SyncOperation) -> SyncRecord:
    """Return the run's record, or an unsaved one made from the run where it left none."""
    if hasattr(operation, "record"):
        return operation.record
    return SyncRecord(
        operation=operation,
        success=operation.status == SyncOperation.Status.COMPLETED,
        albums_updated=operation.albums_processed,
        albums_failed=operation.albums_failed,
        total_albums_in_catalog=operation.total_albums or 0,
    )


def _failed_albums(record: SyncRecord) -> tuple[RowIssue, ...]:
    if not record.albums_failed or record.pk is None:
        return ()
    return tuple(RowIssue.objects.filter(record=record, kind=IssueKind.NOT_IMPORTED)[:FAILED_ALBUMS_SHOWN])
