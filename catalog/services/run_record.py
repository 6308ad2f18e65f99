"""What a run leaves behind: its record with counts, tabs and notices, its row issues, and pruning of old ones."""

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.apps import apps
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from catalog.models import Album, AlbumChange, HeldBack, RowIssue, SpotifyAlbum, SyncOperation, SyncRecord
from catalog.services.album_importer import ImportResult
from catalog.services.errors import SyncError, SyncInterrupted
from catalog.services.importing.plan import Plan
from catalog.services.importing.withdrawal import emptied_tabs, renamed_tabs, unread_tabs
from catalog.services.run_context import RunContext
from catalog.services.sheet.releases import Issue, TabReading, TabState
from catalog.services.spotify.enrichment import EnrichmentResult

logger = logging.getLogger(__name__)

RUNS_WITH_DETAILS = 50
RUNS_KEPT_FOR = timedelta(days=365)
TASKS_KEPT_FOR = timedelta(days=30)
ADDRESSES_KEPT_FOR = timedelta(days=30)
MOST_NOTICES = 30  # Of a kind: each poll carries them.
RELEASE_TABS = (TabState.READ, TabState.FAILED)
Status = SyncOperation.Status


class RunRecord:
    """The record of one run, written together with the run's own row."""

    def __init__(self, operation: SyncOperation, context: RunContext) -> None:
        self._operation = operation
        self._context = context
        self._result = ImportResult()
        self.row = SyncRecord(operation=operation)

    # While the run lasts -----------------------------------------------------------------

    def begin(
        self, readings: Sequence[TabReading], *, plan: Plan, result: ImportResult, issues: Sequence[Issue]
    ) -> None:
        """Save the record before its changes point to it; it counts as a success only at the end.

        `result` is what the import fills in from now on: a run that ends early has saved something too.
        """
        self._result = result
        self.row.rows = sum(len(reading.releases) for reading in readings)
        self.row.incomplete_rows = sum(reading.incomplete_rows for reading in readings)
        self.row.notices += shortened(self._news_of_tabs(plan, readings))
        self.row.tabs = [_tab_report(reading) for reading in readings]
        self._context.write(self.row.save)
        self.add_issues(issues)

    def add_issues(self, issues: Sequence[Issue]) -> None:
        """Save rows of the sheet that need a curator."""
        rows = [
            RowIssue(record=self.row, tab=issue.tab[:100], row=issue.row, kind=issue.kind, detail=issue.detail)
            for issue in issues
        ]
        self._context.write(lambda: RowIssue.objects.bulk_create(rows, batch_size=1000))
        self.row.issues_found += len(rows)

    def note(self, notices: Sequence[str]) -> None:
        """Note what has not been noted already."""
        self.row.notices += shortened([notice for notice in notices if notice not in self.row.notices])

    def take_enrichment(self, enrichment: EnrichmentResult) -> None:
        """Note what Spotify answered, and how much of the catalog it has answered by now."""
        self.row.albums_enriched = enrichment.enriched
        self.row.backlog = enrichment.backlog
        self.row.spotify_requests = enrichment.requests
        linked = SpotifyAlbum.objects.listed()
        self.row.spotify_albums_linked = self._context.read(linked.count)
        self.row.spotify_albums_found = self._context.read(linked.filter(state=SpotifyAlbum.State.FOUND).count)

    def prune(self) -> None:
        """Keep details for the newest runs only; delete what nobody will look up any more."""
        newest = SyncRecord.objects.order_by("-pk").values_list("pk", flat=True)[:RUNS_WITH_DETAILS]
        oldest = min(self._context.read(partial(list, newest)), default=0)
        for details in (AlbumChange.objects, RowIssue.objects, HeldBack.objects):
            self._context.write(details.filter(record__lt=oldest).delete)
        for rows in _outdated(timezone.now(), last_success=self._context.read(SyncRecord.last_success)):
            self._context.write(rows.delete)

    # The end -----------------------------------------------------------------------------

    def complete(self, enrichment: EnrichmentResult) -> None:
        """End the run well; albums that failed are counted beside the total."""
        has_answers = enrichment.enriched or enrichment.missing
        self.row.spotify_failed = bool(enrichment.error or (enrichment.failed and not has_answers))
        self.row.notices += self._news_from_spotify(enrichment)
        self._take_counts()
        good = self.row.albums_good()
        self.end(Status.COMPLETED, albums_processed=good, total_albums=good + self.row.albums_failed)

    def fail(self, error: SyncError) -> None:
        """End the run with the words of a failure."""
        logger.warning("Sync %d failed: %s", self._operation.pk, error.what_happened)
        pause = self._operation.retry_pause() if error.is_temporary else None
        self.row.error_message = error.message(is_retried=pause is not None)
        self.end(
            Status.FAILED,
            error_title=error.title,
            error_message=self.row.error_message,
            interrupted=isinstance(error, SyncInterrupted),
            retry_at=Now() + pause if pause else None,
        )

    def end(self, status: SyncOperation.Status, **fields: Any) -> None:
        """Write the record and the operation's end, both or neither."""
        self._take_counts()
        self._context.close_stage()
        self.row.stage_seconds = self._context.stage_seconds
        seconds = sum(self.row.stage_seconds.values())
        # As long as the run can still write it to its page.
        logger.info("Sync %d: Ends after %.1f s: %s.", self._operation.pk, seconds, status.value)
        self.row.success = status == Status.COMPLETED
        self.row.sync_timestamp = timezone.now()
        self._context.end(self._save, status=status, albums_failed=self.row.albums_failed, **fields)
        extra = {"sync": self._operation.pk, "status": status.value, "seconds": seconds}
        logger.info("Sync %d %s.", self._operation.pk, status.value, extra=extra)

    def _save(self) -> None:
        self.row.total_albums_in_catalog = Album.objects.visible().count()
        self.row.save()
        old = SyncOperation.objects.filter(started_at__lt=timezone.now() - ADDRESSES_KEPT_FOR)
        old.exclude(created_by_ip=None).update(created_by_ip=None)

    def _take_counts(self) -> None:
        counts = self._result.counts
        for kind in AlbumChange.Kind:
            setattr(self.row, f"albums_{kind.value}", counts[kind])
        self.row.albums_skipped = counts["skipped"]
        self.row.albums_failed = len(self._result.failures)

    # Notices -----------------------------------------------------------------------------

    def _news_of_tabs(self, plan: Plan, readings: Sequence[TabReading]) -> list[str]:
        """Say which tabs failed, came, went or were renamed, compared with what the catalog shows."""
        news = unread_tabs(readings)
        before, now = self._tabs_before(), [tab.name for tab in readings if tab.state in RELEASE_TABS]
        if not before:
            return news
        renamed = renamed_tabs(plan, readings)
        expected = {*now, *renamed, *emptied_tabs(plan, readings)}
        known = before | self._tabs_of_last_success() | set(renamed.values())
        news += [f"The tab “{old}” is called “{new}” now." for old, new in renamed.items()]
        news += [f"New tab: “{name}”." for name in now if name not in known]
        news += [f"The tab “{name}” is gone." for name in sorted(before - expected)]
        return news

    def _tabs_before(self) -> set[str]:
        tabs = Album.objects.visible().order_by().values_list("tab", flat=True).distinct()
        return set(self._context.read(partial(list, tabs)))

    def _tabs_of_last_success(self) -> set[str]:
        """Return the tabs that the last success read; one whose albums all stand in other tabs too has none."""
        last = self._context.read(SyncRecord.last_success)
        return {tab["name"] for tab in last.tabs if tab["state"] in RELEASE_TABS} if last else set()

    def _news_from_spotify(self, enrichment: EnrichmentResult) -> list[str]:
        """Say why the stage ended early, or which albums got no answer, with a few examples."""
        if enrichment.error:
            return [f"{enrichment.error.title} {enrichment.error.message()}"]
        if not enrichment.failed:
            return []
        reasons = {failure.spotify_id: failure.error for failure in enrichment.failures}
        query = Album.objects.visible().filter(spotify__in=reasons).select_related("artist").order_by("pk")
        failed = self._context.read(partial(list, query))
        named = {album.spotify_id: f"{album}: {reasons[album.spotify_id]}" for album in failed}
        albums = "1 album" if enrichment.failed == 1 else f"{enrichment.failed:,} albums"
        return [
            f"Spotify gave no answer about {albums}; a later sync asks again.",
            *(f"For example {name}" if enrichment.failed > 1 else name for name in named.values()),
        ]


def _outdated(now: datetime, *, last_success: SyncRecord | None) -> Iterator[QuerySet[Any]]:
    """Yield old runs with their records, but not the last success; expired sessions; old tasks of the queue."""
    runs = SyncOperation.objects.filter(completed_at__lt=now - RUNS_KEPT_FOR)
    yield runs.exclude(record=last_success) if last_success else runs
    yield Session.objects.filter(expire_date__lt=now)
    if apps.is_installed("django_tasks_db"):
        # Also those that died with their worker, which stay marked as running.
        tasks = apps.get_model("django_tasks_database", "DBTaskResult")
        yield tasks.objects.filter(enqueued_at__lt=now - TASKS_KEPT_FOR)


def _tab_report(reading: TabReading) -> dict[str, Any]:
    return {"name": reading.name, "state": reading.state, "rows": len(reading.releases), "note": reading.note}


def shortened(notices: Sequence[str]) -> list[str]:
    """Return the first notices, and how many more there are."""
    more = len(notices) - MOST_NOTICES
    return [*notices[:MOST_NOTICES], f"And {more:,} more."] if more > 0 else list(notices)
