"""Runs of the synchronisation: the one that is under way, and what each has done."""

import secrets
from datetime import datetime, timedelta
from functools import cache
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Max, Q, Subquery, Value
from django.db.models.functions import Coalesce, Now
from django.urls import reverse
from django.utils import timezone

from catalog.models.album import Album, Genre
from catalog.vocabulary.issues import IssueKind

HEARTBEAT_SECONDS = 5
STALE_AFTER_SECONDS = 30
# A heartbeat that is further ahead was written before a clock was set back, and would not get old for as long.
AHEAD_AFTER_SECONDS = 5
# A worker may have to be started first; nothing is at stake while a run only waits for one.
WORKER_AWAITED_SECONDS = 300
# Before each retry of a run that failed for a cause that passes.
RETRY_PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))


def new_lease() -> str:
    """Return a random token: a run may write only while its row holds it."""
    return secrets.token_hex(16)


def _silence_allowed(status: str, *, awaits_worker: bool) -> timedelta:
    """Return for how long a run in this status may send no heartbeat; a pending one may have to wait for a worker."""
    is_queued = status == SyncOperation.Status.PENDING and awaits_worker
    return timedelta(seconds=WORKER_AWAITED_SECONDS if is_queued else STALE_AFTER_SECONDS)


class SyncOperationQuerySet(models.QuerySet["SyncOperation"]):
    def active(self) -> Self:
        """Keep the run that has not ended: at most one."""
        return self.filter(status__in=SyncOperation.ACTIVE)

    def stale(self, *, awaits_worker: bool = False) -> Self:
        """Keep active runs whose heartbeat is too old or in the future."""
        is_stale = Q(heartbeat_at__gt=Now() + timedelta(seconds=AHEAD_AFTER_SECONDS))
        for status in SyncOperation.ACTIVE:
            allowed = _silence_allowed(status, awaits_worker=awaits_worker)
            is_stale |= Q(status=status, heartbeat_at__lt=Now() - allowed)
        return self.active().filter(is_stale)

    def with_clock(self) -> Self:
        """Annotate the database's time as `read_at`: all ages are taken by it, because clocks of hosts differ."""
        return self.annotate(read_at=Now())

    def due_for_retry(self, now: datetime) -> Self:
        """Keep the run that is to be tried again now: at most one, because a new run takes its place."""
        return self.filter(retry_at__lte=now, cancel_requested=False)

    def holding(self) -> Self:
        """Keep the undo since which no sync starts by itself: at most one, because a new run takes its place."""
        return self.filter(holds_syncs=True)

    def with_curated_genres(self) -> Self:
        """Annotate when an admin last saved a genre, as `genres_curated_at`."""
        newest = Genre.objects.filter(curated_at__isnull=False).order_by("-curated_at").values("curated_at")[:1]
        return self.annotate(genres_curated_at=Subquery(newest))

    def without_log(self) -> Self:
        """Leave the log in the database: of all that a run has, it is by far the longest."""
        return self.defer("log_lines")

    def with_asking_run(self) -> Self:
        """Annotate the run that holds something back and waits for an answer, as `asking_run`; at most one does."""
        asking = SyncOperation.objects.filter(record__held_back__state="in_force", record__held_back__answer="")
        return self.annotate(asking_run=Subquery(asking.order_by("-pk").values("pk")[:1]))

    def latest_first(self) -> Self:
        return self.order_by("-started_at", "-pk")

    def current(self) -> Self:
        """Keep the active run, or else the last one by its key: a clock may have been wrong. Its log is not loaded."""
        return self.filter(pk=_current_key()).without_log()


@cache  # Building it each time would be a sixth of a poll's query.
def _current_key() -> Coalesce:
    active = SyncOperation.objects.active().values("pk")[:1]
    newest = SyncOperation.objects.order_by("-pk").values("pk")[:1]
    return Coalesce(Subquery(active), Subquery(newest))


class SyncOperation(models.Model):
    """One run and its progress, as the status region shows it.

    A run writes only while its `lease` is the row's lease, so a process that was
    declared dead and comes back cannot overwrite its successor. `log_lines` holds its last lines, each
    {number, seconds, level, text}; `requests` how many each service got, by its name.

    `workbook_digest` names the kept workbook that it read. An undo names one before it begins, with the time of that
    sheet in `sheet_of`, and while it `holds_syncs` none starts by itself.
    """

    class Status(models.TextChoices):
        PENDING = "pending", "Pending"
        RUNNING = "running", "Running"
        COMPLETED = "completed", "Completed"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    class Stage(models.TextChoices):
        """The labels are the steps that a visitor sees."""

        FETCHING = "fetching", "Fetch"
        PROCESSING = "processing", "Read"
        ENRICHING = "enriching", "Spotify"
        FINALIZING = "finalizing", "Finish"

    class Trigger(models.TextChoices):
        BUTTON = "button", "Sync Now"
        COMMAND = "command", "Command line"
        RETRY = "retry", "Tried again"
        SCHEDULE = "schedule", "Schedule"
        UNDO = "undo", "Undo"

    ACTIVE = (Status.PENDING, Status.RUNNING)

    status = models.CharField(max_length=9, choices=Status.choices, default=Status.PENDING)
    stage = models.CharField(max_length=10, choices=Stage.choices, default=Stage.FETCHING)
    stage_started_at = models.DateTimeField(default=timezone.now)
    stage_message = models.CharField(max_length=500, blank=True)
    albums_processed = models.PositiveIntegerField(default=0)
    total_albums = models.PositiveIntegerField(null=True, blank=True)
    started_at = models.DateTimeField(default=timezone.now)
    completed_at = models.DateTimeField(null=True, blank=True)
    error_message = models.TextField(blank=True)
    error_title = models.CharField(max_length=200, blank=True)
    created_by_ip = models.GenericIPAddressField(null=True, blank=True)
    triggered_by = models.CharField(max_length=8, choices=Trigger.choices, default=Trigger.BUTTON)
    current_tab = models.CharField(max_length=100, blank=True)
    albums_failed = models.PositiveIntegerField(default=0)
    heartbeat_at = models.DateTimeField(default=timezone.now)
    lease = models.CharField(max_length=32, default=new_lease)
    cancel_requested = models.BooleanField(default=False)
    interrupted = models.BooleanField(default=False)
    retries_left = models.PositiveSmallIntegerField(default=0)
    retry_at = models.DateTimeField(null=True, blank=True)
    log_lines = models.JSONField(default=list, blank=True)
    requests = models.JSONField(default=dict, blank=True)
    workbook_digest = models.CharField(max_length=64, blank=True)
    sheet_of = models.DateTimeField(null=True, blank=True)
    holds_syncs = models.BooleanField(default=False)

    record: "SyncRecord"
    read_at: datetime | None = None  # The database's time, where the row was read `with_clock` or just created.

    objects: ClassVar[SyncOperationQuerySet] = SyncOperationQuerySet.as_manager()  # pyright: ignore[reportAssignmentType]

    class Meta:
        indexes = (models.Index(fields=("status",)), models.Index(fields=("started_at",)))
        constraints = (
            # Over a constant: keyed on `status`, one pending and one running run would both pass.
            models.UniqueConstraint(
                Value(1),
                name="one_active_sync",
                condition=Q(status__in=("pending", "running")),
            ),
        )

    def __str__(self) -> str:
        return f"Sync {self.pk} ({self.display_status()})"

    def get_absolute_url(self) -> str:
        return reverse("catalog:sync_detail", args=(self.pk,))

    def is_active(self) -> bool:
        return self.status in self.ACTIVE

    def is_stale(self, *, awaits_worker: bool = False) -> bool:
        """Whether the run belongs to `stale`."""
        is_silent = self._since(self.heartbeat_at) > _silence_allowed(self.status, awaits_worker=awaits_worker)
        return self.is_active() and (is_silent or self.is_ahead())

    def is_ahead(self) -> bool:
        """Whether the heartbeat is in the future."""
        return self._since(self.heartbeat_at) < -timedelta(seconds=AHEAD_AFTER_SECONDS)

    def is_waiting(self) -> bool:
        """Whether the run has been pending for so long that no worker may be running."""
        waited = self._since(self.heartbeat_at)
        return self.status == self.Status.PENDING and waited > timedelta(seconds=STALE_AFTER_SECONDS)

    def retry_pause(self) -> timedelta | None:
        """Return how long after an end that passes to try again; None where it is not to be."""
        return RETRY_PAUSES[-self.retries_left] if self.retries_left and not self.cancel_requested else None

    def claim_retry(self) -> bool:
        """Take the retry for this process; return False where another one has, or a new run took its place."""
        rows = SyncOperation.objects.filter(pk=self.pk, retry_at=self.retry_at, cancel_requested=False)
        return bool(rows.update(retry_at=None))

    def progress_percentage(self) -> int:
        """Return the share of the stage that is done, 0 to 100; 0 while the total is unknown."""
        if self.status == self.Status.COMPLETED:
            return 100
        if not self.total_albums:
            return 0
        return min(100, self.albums_processed * 100 // self.total_albums)

    def duration(self) -> timedelta:
        """Return the length of the run so far."""
        length = self.completed_at - self.started_at if self.completed_at else self._since(self.started_at)
        return max(length, timedelta())

    def stage_duration(self) -> timedelta:
        """Return for how long the present stage has lasted."""
        return max(self._since(self.stage_started_at), timedelta())

    def seconds_since_end(self) -> float:
        """Return how long ago the run ended; 0 while it is active."""
        return self._since(self.completed_at).total_seconds() if self.completed_at else 0

    def display_status(self) -> str:
        if self.interrupted:
            return "Interrupted"
        return str(self.Status(self.status).label)

    def read_time(self) -> datetime:
        """Return when the row was read `with_clock`, or else the time of this host."""
        return self.read_at or timezone.now()

    def _since(self, moment: datetime) -> timedelta:
        """Return the time that has passed, by the database's clock where the row was read `with_clock`."""
        return self.read_time() - moment


class SyncSchedule(models.Model):
    """When the next sync starts by itself: the one row where SYNC_EVERY is set, none otherwise."""

    ONLY = 1

    next_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Next sync at {self.next_at}"

    @classmethod
    def clock(cls) -> datetime:
        """Return the database's time: by clocks of hosts that differ, each would find the other's syncs due."""
        # The maximum is never the answer; with it the query has one row also where the table has none.
        return cls.objects.aggregate(now=Coalesce(Now(), Max("next_at")))["now"]

    @classmethod
    def plan(cls, every: timedelta, now: datetime) -> "SyncSchedule | None":
        """Return the schedule for syncs so far apart, None for 0; a shorter interval brings the next one forward."""
        if not every:
            if cls.objects.exists():
                cls.objects.all().delete()
            return None
        latest = now + every
        schedule, _ = cls.objects.get_or_create(pk=cls.ONLY, defaults={"next_at": latest})
        if schedule.next_at > latest:
            cls.objects.filter(pk=cls.ONLY, next_at=schedule.next_at).update(next_at=latest)
            schedule.next_at = latest
        return schedule

    def claim(self, every: timedelta, now: datetime) -> bool:
        """Take the sync that is due for this process, with all that were missed; False where another one has."""
        missed = (now - self.next_at) // every
        following = self.next_at + (missed + 1) * every
        return bool(SyncSchedule.objects.filter(pk=self.pk, next_at=self.next_at).update(next_at=following))


class SyncRecord(models.Model):
    """What a run did to the catalog; a failed run has one too.

    *Skipped* albums were already current. `spotify_failed` says that Spotify's part ended early, or brought no
    answer at all, because Spotify could not be asked. `questions` counts what was held back and waits for an answer.
    `tabs` holds one object for each tab of the workbook: {name, rows, albums, state, note}. `notices` are sentences
    for the admin.
    """

    operation = models.OneToOneField(SyncOperation, models.CASCADE, related_name="record")
    sync_timestamp = models.DateTimeField(default=timezone.now)
    success = models.BooleanField(default=False)
    rows = models.PositiveIntegerField(default=0)
    incomplete_rows = models.PositiveIntegerField(default=0)
    albums_created = models.PositiveIntegerField(default=0)
    albums_updated = models.PositiveIntegerField(default=0)
    albums_skipped = models.PositiveIntegerField(default=0)
    albums_failed = models.PositiveIntegerField(default=0)
    albums_withdrawn = models.PositiveIntegerField(default=0)
    albums_restored = models.PositiveIntegerField(default=0)
    albums_enriched = models.PositiveIntegerField(default=0)
    backlog = models.PositiveIntegerField(default=0)
    spotify_albums_found = models.PositiveIntegerField(default=0)
    spotify_albums_linked = models.PositiveIntegerField(default=0)
    questions = models.PositiveIntegerField(default=0)
    issues_found = models.PositiveIntegerField(default=0)
    total_albums_in_catalog = models.PositiveIntegerField(default=0)
    spotify_requests = models.PositiveIntegerField(default=0)
    stage_seconds = models.JSONField(default=dict, blank=True)
    tabs = models.JSONField(default=list, blank=True)
    notices = models.JSONField(default=list, blank=True)
    spotify_failed = models.BooleanField(default=False)
    error_message = models.TextField(blank=True)

    operation_id: int

    class Meta:
        indexes = (models.Index(fields=("success", "sync_timestamp")),)

    def __str__(self) -> str:
        return f"Record of sync {self.operation_id}"

    @classmethod
    def last_success(cls) -> "SyncRecord | None":
        return cls.objects.filter(success=True).order_by("-sync_timestamp").first()

    def albums_good(self) -> int:
        """Return how many of the sheet's albums are in the catalog as the sheet has them."""
        return self.albums_created + self.albums_updated + self.albums_restored + self.albums_skipped

    def has_warnings(self) -> bool:
        return bool(self.albums_failed or self.spotify_failed or self.questions)

    def counts(self) -> dict[str, int]:
        """Return the numbers that programs are told about a run, by their names."""
        return {
            "rows": self.rows,
            "incomplete_rows": self.incomplete_rows,
            "albums": self.total_albums_in_catalog,
            "created": self.albums_created,
            "updated": self.albums_updated,
            "skipped": self.albums_skipped,
            "failed": self.albums_failed,
            "withdrawn": self.albums_withdrawn,
            "restored": self.albums_restored,
            "issues": self.issues_found,
            "enriched": self.albums_enriched,
            "backlog": self.backlog,
        }

    def changed(self) -> int:
        return self.albums_created + self.albums_updated + self.albums_withdrawn + self.albums_restored


class AlbumChange(models.Model):
    """What one run changed on one album: `fields` maps a field's name to [old, new]."""

    class Kind(models.TextChoices):
        CREATED = "created", "New"
        UPDATED = "updated", "Updated"
        WITHDRAWN = "withdrawn", "Withdrawn"
        RESTORED = "restored", "Back again"

    record = models.ForeignKey(SyncRecord, models.CASCADE, related_name="changes")
    album = models.ForeignKey(Album, models.CASCADE, related_name="changes")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    fields: Any = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ("pk",)
        indexes = (models.Index(fields=("record", "kind")),)

    def __str__(self) -> str:
        return f"{self.album}: {self.Kind(self.kind).label}"


class RowIssue(models.Model):
    """A row of the sheet that needs a human: what the cell says is in `detail`."""

    Kind = IssueKind

    record = models.ForeignKey(SyncRecord, models.CASCADE, related_name="issues")
    tab = models.CharField(max_length=100)
    row = models.PositiveIntegerField()
    kind = models.CharField(max_length=20, choices=IssueKind.choices)
    detail = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("pk",)
        indexes = (models.Index(fields=("record", "kind")), models.Index(fields=("record", "tab")))

    def __str__(self) -> str:
        return f"{self.tab}, row {self.row}: {IssueKind(self.kind).label}"


class SpotifyPauseQuerySet(models.QuerySet["SpotifyPause"]):
    def in_force(self, now: datetime) -> Self:
        """Keep the pauses that have not ended, the longest first."""
        return self.filter(until__gt=now).order_by("-until")


class SpotifyPause(models.Model):
    """Until when Spotify must not be asked; every process reads the one row before it asks."""

    class Reason(models.TextChoices):
        RATE_LIMIT = "rate_limit", "rate limit"
        QUOTA = "quota", "daily quota"

    until = models.DateTimeField()
    reason = models.CharField(max_length=10, choices=Reason.choices)

    objects: ClassVar[SpotifyPauseQuerySet] = SpotifyPauseQuerySet.as_manager()  # pyright: ignore[reportAssignmentType]

    def __str__(self) -> str:
        return f"Spotify paused until {self.until}"
