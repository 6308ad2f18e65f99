"""Words and sentences for runs: the status region, the history and the page of a run."""

from django.contrib.humanize.templatetags.humanize import intcomma

from catalog.models import SyncOperation, SyncRecord
from catalog.presentation.dates import duration
from catalog.presentation.sync_status import SyncStatus
from catalog.presentation.undo_words import went_back

KINDS = {
    "success": "success",
    "unchanged": "success",
    "paused": "success",
    "warning": "warning",
    "interrupted": "warning",
    "error": "error",
}
TAB_STATES = {
    "read": "Read",
    "hidden": "Hidden, left out",
    "no_releases": "Lists no releases, left out",
    "failed": "Failed",
}
CANCELLED = "Sync cancelled. What was already saved stays; the next sync completes the rest."


def alert_kind(status: SyncStatus) -> str:
    return KINDS.get(status.state, "info")


def outcome(status: SyncStatus) -> str:
    """Return how a run ended, in a sentence or two."""
    if status.state == "cancelled":
        return CANCELLED
    if status.state in ("error", "interrupted") or status.operation is None or status.record is None:
        return f"{status.error_title} {status.error_message}"
    if status.state == "warning":
        return _warning(status.record)
    length = duration(status.operation.duration())
    if status.operation.sheet_of:
        return went_back(status.record, status.operation.sheet_of, changes=changes(status.record), length=length)
    if status.state == "unchanged":
        return _unchanged(status.record, length)
    return _success(status.record, length, is_paused=status.state == "paused")


def run_kind(operation: SyncOperation) -> str:
    if operation.status == SyncOperation.Status.COMPLETED:
        return "warning" if _has_warnings(operation) else "success"
    if operation.status == SyncOperation.Status.FAILED:
        return "warning" if operation.interrupted else "error"
    return "info"


def run_word(operation: SyncOperation) -> str:
    is_completed = operation.status == SyncOperation.Status.COMPLETED
    return "Completed with warnings" if is_completed and _has_warnings(operation) else operation.display_status()


def _has_warnings(operation: SyncOperation) -> bool:
    return bool(operation.albums_failed) or (hasattr(operation, "record") and operation.record.has_warnings())


def changes(record: SyncRecord) -> str:
    """Write what a run changed: `12 new, 3 updated`, or `nothing new`."""
    return _changes(record) if record.changed() else "nothing new"


def rows_for_curators(record: SyncRecord) -> str:
    """Write `1 row needs a curator`, `319 rows need a curator`."""
    count = record.issues_found
    return "1 row needs a curator" if count == 1 else f"{intcomma(count)} rows need a curator"


def tab_state(state: str) -> str:
    return TAB_STATES.get(state, state)


def announcement(status: SyncStatus) -> str:
    """Return what a screen reader says: one sentence for each stage, and the end."""
    if status.is_active:
        return _current_step(status)
    return "" if status.state == "idle" or status.is_dismissed else outcome(status)


def _current_step(status: SyncStatus) -> str:
    prefix = "A sync is already in progress. " if status.conflict else ""
    number, step = next((number, step) for number, step in enumerate(status.steps, 1) if step.state == "current")
    return f"{prefix}Sync running, step {number} of {len(status.steps)}: {step.label}."


def _success(record: SyncRecord, length: str, *, is_paused: bool) -> str:
    total = _counted(record.total_albums_in_catalog, "album")
    spotify = _covers(record) if is_paused else _from_spotify(record)
    return f"Sync complete! {_changes(record)} of {total}, in {length}.{spotify}"


def _unchanged(record: SyncRecord, length: str) -> str:
    return f"Everything was up to date. Checked {_counted(record.rows, 'row')} in {length}.{_from_spotify(record)}"


def _warning(record: SyncRecord) -> str:
    if not record.albums_failed and not record.spotify_failed:
        return f"Sync completed with warnings: {changes(record)}, and what the sheet has lost was held back."
    if not record.albums_failed:
        spotify = "stopped answering" if record.albums_enriched else "gave no answer"
        return f"Sync completed with warnings: {changes(record)}, but Spotify {spotify}."
    good = record.albums_good()
    total = good + record.albums_failed
    return (
        f"Sync completed with warnings: {intcomma(good)} of {_counted(total, 'album')} updated, "
        f"{intcomma(record.albums_failed)} failed."
    )


def _covers(record: SyncRecord) -> str:
    return f" Covers: {intcomma(record.spotify_albums_found)} of {intcomma(record.spotify_albums_linked)}."


def _changes(record: SyncRecord) -> str:
    counts = (
        (record.albums_created, "new"),
        (record.albums_updated, "updated"),
        (record.albums_withdrawn, "withdrawn"),
        (record.albums_restored, "back again"),
    )
    parts = [f"{intcomma(count)} {word}" for count, word in counts if count]
    return ", ".join(parts) or "0 updated"


def _from_spotify(record: SyncRecord) -> str:
    count = record.albums_enriched
    return f" Spotify added covers and tracks to {_counted(count, 'album')}." if count else ""


def _counted(count: int, noun: str) -> str:
    return f"{intcomma(count)} {noun}{'' if count == 1 else 's'}"
