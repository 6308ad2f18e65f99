"""What the status region shows: the state of the active run, or how the last one ended."""

from dataclasses import dataclass

from django.http import HttpRequest

from catalog.models import RowIssue, SpotifyPause, SyncOperation, SyncRecord
from catalog.services.sync_manager import SyncManager
from catalog.vocabulary.issues import IssueKind

DISMISSED_COOKIE = "dismissed_sync"
FAILED_ALBUMS_SHOWN = 5
# Below it the guess would jump more than it tells.
SECONDS_BEFORE_A_GUESS = 5
WAITING = "Waiting for a worker…"

Status, Stage = SyncOperation.Status, SyncOperation.Stage


@dataclass(frozen=True)
class Step:
    """A stage as a step of the run: done, current or todo."""

    label: str
    state: str


@dataclass(frozen=True)
class SyncStatus:
    """All that the status region needs; `state` says which of its faces it shows."""

    state: str = "idle"
    operation: SyncOperation | None = None
    record: SyncRecord | None = None
    last_sync: SyncRecord | None = None
    steps: tuple[Step, ...] = ()
    message: str = ""
    percent: int = 0
    processed: int = 0
    total: int | None = None
    elapsed_seconds: int = 0
    remaining_seconds: int | None = None
    failed_albums: tuple[RowIssue, ...] = ()
    failed_more: int = 0
    pause: SpotifyPause | None = None
    enriched_total: int = 0
    enrichable_total: int = 0
    error_title: str = ""
    error_message: str = ""
    conflict: bool = False
    notices: tuple[str, ...] = ()
    can_sync: bool = True
    is_dismissed: bool = False

    @property
    def is_active(self) -> bool:
        """Tell whether a run is under way."""
        return self.state == "running"


def status_for(request: HttpRequest, *, conflict: bool = False) -> SyncStatus:
    """Return the status as this visitor should see it: an end that they dismissed stays away."""
    operation = _latest_operation()
    if operation and SyncManager().is_stale(operation):
        SyncManager().reap_stale()
        operation = _latest_operation()
    if operation is None:
        return SyncStatus(last_sync=SyncRecord.last_success())
    if operation.is_active():
        return running_status(operation, conflict=conflict)
    is_dismissed = request.COOKIES.get(DISMISSED_COOKIE) == str(operation.pk)
    return _ended(operation, conflict=conflict, is_dismissed=is_dismissed)


def status_of(operation: SyncOperation) -> SyncStatus:
    """Return the status of any run, the latest or not, as its own page tells it."""
    if operation.is_active():
        return running_status(operation)
    return _ended(operation, conflict=False, is_dismissed=False)


def _latest_operation() -> SyncOperation | None:
    return SyncOperation.objects.select_related("record").with_curated_genres().latest_first().first()


def error_status(title: str, message: str) -> SyncStatus:
    """Return the status of a sync that could not even start."""
    return SyncStatus(state="error", error_title=title, error_message=message)


def running_status(operation: SyncOperation, *, conflict: bool = False) -> SyncStatus:
    """Return the status of a run that is under way."""
    return SyncStatus(
        state="running",
        operation=operation,
        steps=_steps(operation),
        message=WAITING if operation.is_waiting() else operation.stage_message,
        percent=operation.progress_percentage(),
        processed=operation.albums_processed,
        total=operation.total_albums,
        elapsed_seconds=int(operation.duration().total_seconds()),
        remaining_seconds=_remaining_seconds(operation),
        conflict=conflict,
        can_sync=False,
    )


def _steps(operation: SyncOperation) -> tuple[Step, ...]:
    current = Stage.values.index(operation.stage)
    states = ["done"] * current + ["current"] + ["todo"] * (len(Stage) - current - 1)
    return tuple(Step(str(stage.label), state) for stage, state in zip(Stage, states, strict=True))


def _remaining_seconds(operation: SyncOperation) -> int | None:
    """Guess from the pace so far; only Spotify's stage is long enough to be guessed."""
    elapsed = operation.duration().total_seconds()
    done, total = operation.albums_processed, operation.total_albums
    if operation.stage != Stage.ENRICHING or not done or not total or elapsed < SECONDS_BEFORE_A_GUESS:
        return None
    return round(elapsed * (total - done) / done)


def _ended(operation: SyncOperation, *, conflict: bool, is_dismissed: bool) -> SyncStatus:
    record = _record_of(operation)
    pause = SpotifyPause.current() if record.backlog else None
    failed = _failed_albums(record)
    return SyncStatus(
        state=_end_state(operation, record, pause),
        operation=operation,
        record=record,
        # It is shown only where the end itself is not.
        last_sync=SyncRecord.last_success() if is_dismissed else None,
        message=operation.stage_message,
        percent=operation.progress_percentage(),
        processed=operation.albums_processed,
        total=operation.total_albums,
        elapsed_seconds=int(operation.duration().total_seconds()),
        failed_albums=failed,
        failed_more=max(0, record.albums_failed - len(failed)),
        pause=pause,
        enriched_total=record.spotify_albums_found,
        enrichable_total=record.spotify_albums_linked,
        error_title=operation.error_title or "Sync failed.",
        error_message=operation.error_message,
        notices=tuple(record.notices),
        conflict=conflict,
        is_dismissed=is_dismissed,
    )


def _record_of(operation: SyncOperation) -> SyncRecord:
    """Return the run's record; one that ended without any is told from its own row."""
    if hasattr(operation, "record"):
        return operation.record
    return SyncRecord(
        operation=operation,
        success=operation.status == Status.COMPLETED,
        albums_updated=operation.albums_processed,
        albums_failed=operation.albums_failed,
        total_albums_in_catalog=operation.total_albums or 0,
    )


def _end_state(operation: SyncOperation, record: SyncRecord, pause: SpotifyPause | None) -> str:
    if operation.interrupted:
        return "interrupted"
    if operation.status != Status.COMPLETED:
        return "cancelled" if operation.status == Status.CANCELLED else "error"
    if record.albums_failed:
        return "warning"
    if pause:
        return "paused"
    return "success" if record.changed() or record.albums_enriched else "unchanged"


def _failed_albums(record: SyncRecord) -> tuple[RowIssue, ...]:
    if not record.albums_failed or record.pk is None:
        return ()
    return tuple(RowIssue.objects.filter(record=record, kind=IssueKind.NOT_IMPORTED)[:FAILED_ALBUMS_SHOWN])
