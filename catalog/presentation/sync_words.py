"""The sentences in which the status region tells how a sync stands or ended."""

from typing import Protocol

from django.contrib.humanize.templatetags.humanize import intcomma

from catalog.models import SyncOperation, SyncRecord
from catalog.presentation.dates import duration

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
INTERRUPTED = "The last sync was interrupted when the server restarted. Nothing was lost; start it again."
CANCELLED = "Sync cancelled. What was already saved stays; the next sync completes the rest."


class Step(Protocol):
    """One of the four steps of a run."""

    @property
    def label(self) -> str: ...
    @property
    def state(self) -> str: ...


class Status(Protocol):
    """What these sentences need to know of a run."""

    @property
    def state(self) -> str: ...
    @property
    def is_active(self) -> bool: ...
    @property
    def is_dismissed(self) -> bool: ...
    @property
    def conflict(self) -> bool: ...
    @property
    def steps(self) -> tuple[Step, ...]: ...
    @property
    def record(self) -> SyncRecord | None: ...
    @property
    def message(self) -> str: ...
    @property
    def elapsed_seconds(self) -> float | None: ...
    @property
    def enriched_total(self) -> int: ...
    @property
    def enrichable_total(self) -> int: ...
    @property
    def error_title(self) -> str: ...
    @property
    def error_message(self) -> str: ...


def alert_kind(status: Status) -> str:
    """Return the kind of alert that an end calls for."""
    return KINDS.get(status.state, "info")


def outcome(status: Status) -> str:
    """Say in a sentence or two how a run ended."""
    if status.state == "interrupted":
        return INTERRUPTED
    if status.state == "cancelled":
        return CANCELLED
    if status.record is None:
        return status.message
    sentence = SENTENCES.get(status.state, _success)
    return sentence(status, status.record)


def run_kind(operation: SyncOperation) -> str:
    """Return the kind of sign that stands before a run in the history."""
    if operation.status == SyncOperation.Status.COMPLETED:
        return "warning" if operation.albums_failed else "success"
    if operation.status == SyncOperation.Status.FAILED:
        return "warning" if operation.interrupted else "error"
    return "info"


def run_word(operation: SyncOperation) -> str:
    """Return in a word or two how a run stands or ended."""
    has_warnings = operation.status == SyncOperation.Status.COMPLETED and operation.albums_failed
    return "Completed with warnings" if has_warnings else operation.display_status()


def changes(record: SyncRecord) -> str:
    """List what a run changed: `12 new, 3 updated`, or `nothing new`."""
    return _changes(record) if record.changed() else "nothing new"


def rows_for_curators(record: SyncRecord) -> str:
    """Say how much of the sheet needs a human: `319 rows need a curator`."""
    count = record.issues_found
    return "1 row needs a curator" if count == 1 else f"{intcomma(count)} rows need a curator"


def tab_state(state: str) -> str:
    """Say in words what became of a tab."""
    return TAB_STATES.get(state, state)


def announcement(status: Status) -> str:
    """Say what a screen reader should speak: one sentence a stage, and the end."""
    if status.is_active:
        return _current_step(status)
    if status.state == "idle" or status.is_dismissed:
        return ""
    if status.state == "error":
        return f"{status.error_title} {status.error_message}"
    return outcome(status)


def _current_step(status: Status) -> str:
    prefix = "A sync is already in progress. " if status.conflict else ""
    for number, step in enumerate(status.steps, start=1):
        if step.state == "current":
            return f"{prefix}Sync running, step {number} of {len(status.steps)}: {step.label}."
    return f"{prefix}Sync running."


def _success(status: Status, record: SyncRecord) -> str:
    total = intcomma(record.total_albums_in_catalog)
    length = duration(status.elapsed_seconds)
    return f"Sync complete! {_changes(record)} of {total} albums, in {length}.{_from_spotify(record)}"


def _unchanged(status: Status, record: SyncRecord) -> str:
    length = duration(status.elapsed_seconds)
    checked = f"Checked {intcomma(record.rows)} rows in {length}."
    return f"Everything was up to date. {checked}{_from_spotify(record)}"


def _warning(_status: Status, record: SyncRecord) -> str:
    good = record.albums_good()
    total = good + record.albums_failed
    return (
        f"Sync completed with warnings: {intcomma(good)} of {intcomma(total)} albums updated, "
        f"{intcomma(record.albums_failed)} failed."
    )


def _paused(status: Status, record: SyncRecord) -> str:
    covers = f"Covers: {intcomma(status.enriched_total)} of {intcomma(status.enrichable_total)}."
    total = intcomma(record.total_albums_in_catalog)
    return f"Sync complete! {_changes(record)} of {total} albums, in {duration(status.elapsed_seconds)}. {covers}"


SENTENCES = {"success": _success, "unchanged": _unchanged, "warning": _warning, "paused": _paused}


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
    if not count:
        return ""
    return f" Spotify added covers and tracks to {intcomma(count)} album{'' if count == 1 else 's'}."
