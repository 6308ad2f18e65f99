"""What the status region shows: the active run, how the last one ended, or why none could start."""

from dataclasses import dataclass

from catalog.models import RowIssue, SpotifyPause, SyncOperation, SyncRecord

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
        """Estimated from the pace of the stage so far; only Spotify's stage is long enough for an estimate."""
        if self.operation is None or self.operation.stage != Stage.ENRICHING:
            return None
        elapsed = self.operation.stage_duration().total_seconds()
        done, total = self.operation.albums_processed, self.operation.total_albums
        if not done or not total or elapsed < SECONDS_BEFORE_ESTIMATE:
            return None
        return round(elapsed * (total - done) / done)

    @property
    def failed_more(self) -> int:
        """How many albums failed besides those listed."""
        return max(0, self.record.albums_failed - len(self.failed_albums)) if self.record else 0

    @property
    def asking_run(self) -> int | None:
        """The key of the run that waits for an answer; only the latest run is loaded with it."""
        return vars(self.operation).get("asking_run") if self.operation else None

    @property
    def asks(self) -> bool:
        """Whether the run that the region tells of is the one that waits for an answer."""
        return self.operation is not None and self.operation.pk == self.asking_run

    @property
    def is_another_asking(self) -> bool:
        """Whether a run waits for an answer that the region tells nothing of."""
        return self.asking_run is not None and not self.is_active and (self.is_dismissed or not self.asks)

    @property
    def error_title(self) -> str:
        if self.refusal:
            return self.refusal.title
        if self.operation and self.operation.error_title:
            return self.operation.error_title
        return "The last sync was interrupted." if self.state == "interrupted" else "Sync failed."

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
        if self.record and self.record.has_warnings():
            return "warning"
        if self.pause:
            return "paused"
        return "success" if self.record and (self.record.changed() or self.record.albums_enriched) else "unchanged"
