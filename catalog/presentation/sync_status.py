"""What the status region shows: the active run, how the last one ended, or why none could start."""

from dataclasses import dataclass

from django.http import HttpRequest

from catalog.models import RowIssue, SpotifyPause, SyncOperation, SyncRecord
from catalog.services.sync_manager import SyncManager
from catalog.vocabulary.issues import IssueKind

DISMISSED_COOKIE = "dismissed_sync"
FAILED_ALBUMS_SHOWN = 5
# An estimate from the first seconds changes too much from poll to poll.
SECONDS_BEFORE_ESTIMATE = 5
WAITING = "Waiting for a worker…"

Status, Stage = SyncOperation.Status, SyncOperation.Stage


@dataclass(frozen=True)
class Step:
    """A stage as a step of the run: done, current or todo."""

    label: str
    state: str


@dataclass(frozen=True)
class Refusal:
    """Why a sync was not started or not stopped."""

    title: str
    message: str


@dataclass(frozen=True)
class SyncStatus:
    """A run as the status region shows it: only one that ended has a record, failed albums and a pause.

    `last_sync` is loaded only where the region shows no run.
    """

    operation: SyncOperation | None = None
    record: SyncRecord | None = None
    last_sync: SyncRecord | None = None
    pause: SpotifyPause | None = None
    failed_albums: tuple[RowIssue, ...] = ()
    refusal: Refusal | None = None
    conflict: bool = False
    is_dismissed: bool = False

    @property
    def is_active(self) -> bool:
        return self.operation is not None and self.operation.is_active()

    @property
    def state(self) -> str:
        """Idle, running, success, unchanged, paused, warning, interrupted, cancelled or error."""
        if self.refusal:
            return "error"
        if self.operation is None:
            return "idle"
        return "running" if self.operation.is_active() else self._end_state(self.operation)

    @property
    def steps(self) -> tuple[Step, ...]:
        if self.operation is None:
            return ()
        current = Stage.values.index(self.operation.stage)
        states = ["done"] * current + ["current"] + ["todo"] * (len(Stage) - current - 1)
        return tuple(Step(str(stage.label), state) for stage, state in zip(Stage, states, strict=True))

    @property
    def message(self) -> str:
        if self.operation is None:
            return ""
        return WAITING if self.operation.is_waiting() else self.operation.stage_message

    @property
    def remaining_seconds(self) -> int | None:
        """Estimated from the pace so far; only Spotify's stage is long enough for an estimate."""
        if self.operation is None or self.operation.stage != Stage.ENRICHING:
            return None
        elapsed = self.operation.duration().total_seconds()
        done, total = self.operation.albums_processed, self.operation.total_albums
        if not done or not total or elapsed < SECONDS_BEFORE_ESTIMATE:
            return None
        return round(elapsed * (total - done) / done)

    @property
    def failed_more(self) -> int:
        """How many albums failed besides those listed."""
        return max(0, self.record.albums_failed - len(self.failed_albums)) if self.record else 0

    @property
    def error_title(self) -> str:
        if self.refusal:
            return self.refusal.title
        return (self.operation and self.operation.error_title) or "Sync failed."

    @property
    def error_message(self) -> str:
        if self.refusal:
            return self.refusal.message
        return self.operation.error_message if self.operation else ""

    def _end_state(self, operation: SyncOperation) -> str:
        if operation.interrupted:
            return "interrupted"
        if operation.status != Status.COMPLETED:
            return "cancelled" if operation.status == Status.CANCELLED else "error"
        if self.record and self.record.albums_failed:
            return "warning"
        if self.pause:
            return "paused"
        return "success" if self.record and (self.record.changed() or self.record.albums_enriched) else "unchanged"


def status_for(request: HttpRequest, *, conflict: bool = False) -> SyncStatus:
    """Return the status of the latest run; an end that this visitor dismissed is not shown again."""
    operation = _latest_operation()
    if operation and SyncManager().is_stale(operation):
        SyncManager().reap_stale()
        operation = _latest_operation()
    if operation is None:
        return SyncStatus(last_sync=SyncRecord.last_success())
    is_dismissed = request.COOKIES.get(DISMISSED_COOKIE) == str(operation.pk)
    return status_of(operation, conflict=conflict, is_dismissed=is_dismissed)


def status_of(operation: SyncOperation, *, conflict: bool = False, is_dismissed: bool = False) -> SyncStatus:
    """Return the status of any run, the latest or not."""
    if operation.is_active():
        return SyncStatus(operation, conflict=conflict)
    record = _record_of(operation)
    return SyncStatus(
        operation,
        record,
        last_sync=SyncRecord.last_success() if is_dismissed else None,
        pause=SpotifyPause.current() if record.backlog else None,
        failed_albums=_failed_albums(record),
        conflict=conflict,
        is_dismissed=is_dismissed,
    )


def _latest_operation() -> SyncOperation | None:
    return SyncOperation.objects.select_related("record").with_curated_genres().latest_first().first()


def _record_of(operation: SyncOperation) -> SyncRecord:
    """Return the run's record, or an unsaved one made from the run where it left none."""
    if hasattr(operation, "record"):
        return operation.record
    return SyncRecord(
        operation=operation,
        success=operation.status == Status.COMPLETED,
        albums_updated=operation.albums_processed,
        albums_failed=operation.albums_failed,
        total_albums_in_catalog=operation.total_albums or 0,
    )


def _failed_albums(record: SyncRecord) -> tuple[RowIssue, ...]:
    if not record.albums_failed or record.pk is None:
        return ()
    return tuple(RowIssue.objects.filter(record=record, kind=IssueKind.NOT_IMPORTED)[:FAILED_ALBUMS_SHOWN])
