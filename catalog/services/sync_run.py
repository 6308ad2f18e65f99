"""One run, stage by stage: fetch the sheet, bring the catalog to it, ask Spotify, write the record."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings
from django.utils import timezone

from catalog.models import Album, AlbumChange, RowIssue, SpotifyAlbum, SyncOperation, SyncRecord
from catalog.services.album_importer import AlbumImporter
from catalog.services.conductor import Conductor
from catalog.services.errors import NoReleaseTab, SpotifyCredentialsRejected, SyncError, SyncInterrupted
from catalog.services.importing.plan import Plan
from catalog.services.importing.withdrawal import reasons_to_keep, renamed_tabs
from catalog.services.progress import OnProgress, RunConductor
from catalog.services.retrying import when_database_is_busy
from catalog.services.sheet.cells import tab_year
from catalog.services.sheet.download import read_source
from catalog.services.sheet.parser import TabReading, TabState, read_releases
from catalog.services.sheet.releases import Issue, merge
from catalog.services.spotify.backlog import count_due
from catalog.services.spotify.client import client_from_settings
from catalog.services.spotify.enrichment import EnrichmentResult, enrich

logger = logging.getLogger(__name__)

RUNS_WITH_DETAILS = 50
NOTHING_WITHDRAWN = "Nothing was withdrawn from the catalog in this run."
Status, Stage = SyncOperation.Status, SyncOperation.Stage


@dataclass(frozen=True)
class SyncOptions:
    """How a run differs from the usual: another source, no Spotify, withdrawals without the guard.

    `workbook` is the source's content, where it has been fetched already.
    """

    source: str = ""
    workbook: bytes = b""
    skip_spotify: bool = False
    accept_withdrawals: bool = False


class SyncRun:
    """The stages of one run, in their order, on one record."""

    def __init__(self, operation: SyncOperation, options: SyncOptions, on_progress: OnProgress | None = None) -> None:
        self._operation = operation
        self._options = options
        self._conductor = RunConductor(operation, on_progress)
        self._record = SyncRecord(operation=operation)
        self._importer: AlbumImporter | None = None
        self._now = timezone.now()

    def conduct(self) -> None:
        """Do the whole run; raises what ends it early."""
        data = self._fetch()
        readings = self._read(data)
        importer = self._import(readings)
        enrichment = self._leave_backlog() if self._options.skip_spotify else self._enrich()
        self._finalize(importer, readings, enrichment)

    def fail(self, error: SyncError) -> None:
        """End the run with a failure's words."""
        logger.warning("Sync %d failed: %s", self._operation.pk, error.what_happened)
        self._record.error_message = error.message()
        interrupted = isinstance(error, SyncInterrupted)
        self.end(Status.FAILED, error_title=error.title, error_message=error.message(), interrupted=interrupted)

    def end(self, status: SyncOperation.Status, **fields: Any) -> None:
        """Write the record and the operation's end, both or neither."""
        record = self._record
        if self._importer:
            # Also of a run that ended early: what it had saved by then stays.
            self._take_counts(self._importer)
        self._conductor.close_stage()
        record.stage_seconds = self._conductor.stage_seconds
        record.success = status == Status.COMPLETED
        record.sync_timestamp = timezone.now()

        def write() -> None:
            record.total_albums_in_catalog = Album.objects.visible().count()
            record.save()
            self._conductor.end(status=status, albums_failed=record.albums_failed, **fields)

        self._conductor.write(write)
        logger.info(
            *("Sync %d %s.", self._operation.pk, status.value),
            extra={"sync": self._operation.pk, "status": status.value, "seconds": sum(record.stage_seconds.values())},
        )

    # Stages ----------------------------------------------------------------------------

    def _fetch(self) -> bytes:
        self._conductor.start("Fetching albums from Google Sheets…")
        return fetch(self._options, conductor=self._conductor)

    def _read(self, data: bytes) -> list[TabReading]:
        self._conductor.enter(Stage.PROCESSING, "Reading the sheet…")
        readings = []
        for reading in read_releases(data):
            self._conductor.show_tab(reading.name)
            readings.append(reading)
        failed = [reading for reading in readings if reading.state == TabState.FAILED]
        if failed and not any(reading.state == TabState.READ for reading in readings):
            raise NoReleaseTab(f"No tab could be read; “{failed[0].name}”: {failed[0].note}")
        return readings

    def _import(self, readings: Sequence[TabReading]) -> AlbumImporter:
        merged = merge(release for reading in _newest_first(readings) for release in reading.releases)
        issues = [issue for reading in readings for issue in reading.issues] + merged.issues
        self._importer = importer = AlbumImporter(record=self._record, conductor=self._conductor, now=self._now)
        importer.decide(merged.releases)
        self._record.rows = sum(len(reading.releases) for reading in readings)
        self._record.incomplete_rows = sum(reading.incomplete_rows for reading in readings)
        self._record.notices += self._news_of_tabs(importer.plan, readings)
        self._record.tabs = [_tab_report(reading) for reading in readings]
        self._begin_record(issues)
        importer.save(merged.releases)
        self._add_issues(importer.result.failures)
        return importer

    def _leave_backlog(self) -> EnrichmentResult:
        due = when_database_is_busy(lambda: count_due(self._now), conductor=self._conductor)
        return EnrichmentResult(backlog=due)

    def _enrich(self) -> EnrichmentResult:
        self._conductor.enter(Stage.ENRICHING, "Enriching with Spotify metadata…")
        return enrich(
            client=client_from_settings(),
            conductor=self._conductor,
            request_limit=settings.SPOTIFY_REQUESTS_PER_SYNC,
        )

    def _finalize(self, importer: AlbumImporter, readings: Sequence[TabReading], enrichment: EnrichmentResult) -> None:
        self._conductor.enter(Stage.FINALIZING, "Finishing…")
        self._withdraw(importer, readings)
        self._take_counts(importer)
        self._record.albums_enriched = enrichment.enriched
        self._record.backlog = enrichment.backlog
        self._record.spotify_requests = enrichment.requests
        self._conductor.write(self._count_covers)
        self._prune()
        if isinstance(enrichment.error, SpotifyCredentialsRejected):
            self.fail(enrichment.error)
            return
        self._record.notices += self._news_from_spotify(enrichment)
        good = self._record.albums_good()
        self.end(Status.COMPLETED, albums_processed=good, total_albums=good + self._record.albums_failed)

    def _withdraw(self, importer: AlbumImporter, readings: Sequence[TabReading]) -> None:
        reasons = [] if self._options.accept_withdrawals else reasons_to_keep(importer.plan, readings)
        if reasons:
            self._record.notices += [*reasons, NOTHING_WITHDRAWN]
        else:
            importer.withdraw()

    # The record ------------------------------------------------------------------------

    def _begin_record(self, issues: Sequence[Issue]) -> None:
        """Save the record before its changes point to it; it counts as a success only at the end."""
        self._conductor.write(self._record.save)
        self._add_issues(issues)

    def _add_issues(self, issues: Sequence[Issue]) -> None:
        rows = [
            RowIssue(record=self._record, tab=issue.tab[:100], row=issue.row, kind=issue.kind, detail=issue.detail)
            for issue in issues
        ]
        self._conductor.write(lambda: RowIssue.objects.bulk_create(rows, batch_size=1000))
        self._record.issues_found += len(rows)

    def _take_counts(self, importer: AlbumImporter) -> None:
        counts, kinds = importer.result.counts, AlbumChange.Kind
        self._record.albums_created = counts[kinds.CREATED]
        self._record.albums_updated = counts[kinds.UPDATED]
        self._record.albums_withdrawn = counts[kinds.WITHDRAWN]
        self._record.albums_restored = counts[kinds.RESTORED]
        self._record.albums_skipped = counts["skipped"]
        self._record.albums_failed = len(importer.result.failures)

    def _count_covers(self) -> None:
        linked = SpotifyAlbum.objects.listed()
        self._record.spotify_albums_linked = linked.count()
        self._record.spotify_albums_found = linked.filter(state=SpotifyAlbum.State.FOUND).count()

    def _news_of_tabs(self, plan: Plan, readings: Sequence[TabReading]) -> list[str]:
        """Say which tabs failed, came, went or were renamed since the last success."""
        news = [f"The tab “{tab.name}” failed: {tab.note}" for tab in readings if tab.state == TabState.FAILED]
        last = when_database_is_busy(SyncRecord.last_success, conductor=self._conductor)
        if last is None:
            return news
        before, now = _release_tabs(last.tabs), _release_tabs(map(_tab_report, readings))
        renamed = renamed_tabs(plan, readings)
        news += [f"The tab “{old}” is called “{new}” now." for old, new in renamed.items()]
        news += [f"New tab: “{name}”." for name in now if name not in before and name not in renamed.values()]
        news += [f"The tab “{name}” is gone." for name in before if name not in now and name not in renamed]
        return news

    def _news_from_spotify(self, enrichment: EnrichmentResult) -> list[str]:
        """Say what Spotify kept to itself, with a few of the albums and why."""
        if enrichment.error:
            return [f"{enrichment.error.title} {enrichment.error.message()}"]
        if not enrichment.failed:
            return []
        reasons = {failure.spotify_id: failure.error for failure in enrichment.failures}
        query = Album.objects.visible().filter(spotify__in=reasons).select_related("artist").order_by("pk")
        failed = when_database_is_busy(partial(list, query), conductor=self._conductor)
        named = {album.spotify_id: f"{album}: {reasons[album.spotify_id]}" for album in failed}
        albums = "1 album" if enrichment.failed == 1 else f"{enrichment.failed:,} albums"
        return [
            f"Spotify gave no answer about {albums}; a later sync asks again.",
            *(f"For example {name}" if enrichment.failed > 1 else name for name in named.values()),
        ]

    def _prune(self) -> None:
        """Keep changes and issues for the newest runs only."""
        newest = SyncRecord.objects.order_by("-pk").values_list("pk", flat=True)[:RUNS_WITH_DETAILS]
        oldest = min(when_database_is_busy(partial(list, newest), conductor=self._conductor), default=0)
        for details in (AlbumChange.objects, RowIssue.objects):
            self._conductor.write(details.filter(record__lt=oldest).delete)


def fetch(options: SyncOptions, *, conductor: Conductor) -> bytes:
    """Return the workbook that a run with these options is about."""
    return options.workbook or read_source(options.source or settings.GOOGLE_SHEETS_XLSX_URL, conductor=conductor)


def _newest_first(readings: Iterable[TabReading]) -> list[TabReading]:
    """Order tabs by the year in their names, wherever the curators put a new one."""
    return sorted(readings, key=lambda reading: tab_year(reading.name) or 0, reverse=True)


def _tab_report(reading: TabReading) -> dict[str, Any]:
    return {"name": reading.name, "state": reading.state, "rows": len(reading.releases), "note": reading.note}


def _release_tabs(reports: Iterable[dict[str, Any]]) -> list[str]:
    return [report["name"] for report in reports if report["state"] in (TabState.READ, TabState.FAILED)]
