"""The stages of one run: fetch and read the sheet, import it, ask Spotify, write the record."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils import timezone

from catalog.models import HeldBack, SyncOperation
from catalog.services.album_importer import AlbumImporter
from catalog.services.background import Tick
from catalog.services.errors import NoReleaseTab, SpotifyCredentialsRejected, SyncError
from catalog.services.run_context import OnProgress, RunContext
from catalog.services.run_record import RunRecord
from catalog.services.sheet.download import Announce, read_source
from catalog.services.sheet.parser import read_releases
from catalog.services.sheet.releases import TabReading, TabState, merge
from catalog.services.spotify.backlog import count_due
from catalog.services.spotify.enrichment import AlbumSource, EnrichmentResult, enrich
from catalog.services.workbooks.kept import keep, read_kept
from catalog.vocabulary.tabs import tab_year

if TYPE_CHECKING:
    from requests.adapters import BaseAdapter

logger = logging.getLogger(__name__)

Stage = SyncOperation.Stage


@dataclass(frozen=True)
class SyncOptions:
    """`kept` is the digest of a kept workbook to read instead of the source; `readings` is what it says, if read."""

    source: str = ""
    kept: str = ""
    readings: tuple[TabReading, ...] = ()
    skip_spotify: bool = False
    accept_withdrawals: bool = False


@dataclass(frozen=True, kw_only=True)
class ServiceAccess:
    sheet_url: str
    spotify_client_id: str
    spotify_client_secret: str
    spotify_api_url: str
    spotify_token_url: str
    spotify_requests: int  # For each run, at most.
    workbooks_kept: int

    def spotify_client(self, adapter: "BaseAdapter | None" = None) -> AlbumSource:
        """`adapter` sends the requests instead of the usual one; raises `SpotifyCredentialsMissing`."""
        # spotipy takes a quarter of a second to import, and only a run needs it.
        from catalog.services.spotify.client import SpotifyClient  # noqa: PLC0415

        return SpotifyClient(
            client_id=self.spotify_client_id,
            client_secret=self.spotify_client_secret,
            api_url=self.spotify_api_url,
            token_url=self.spotify_token_url,
            adapter=adapter,
        )


def undo_options(digest: str) -> SyncOptions:
    """Return how a run goes back to a kept workbook: all that its preview shows, and quickly."""
    return SyncOptions(kept=digest, skip_spotify=True, accept_withdrawals=True)


class SyncRun:
    def __init__(
        self,
        operation: SyncOperation,
        options: SyncOptions,
        access: ServiceAccess,
        on_progress: OnProgress | None = None,
    ) -> None:
        self._operation = operation
        self._options = options
        self._access = access
        self._context = RunContext(operation, on_progress)
        self._now = timezone.now()
        self.journal = self._context.journal
        self.record = RunRecord(operation, self._context)

    def run(self) -> None:
        """Raises what ends the run early."""
        self._context.start("Reading a kept sheet…" if self._options.kept else "Fetching albums from Google Sheets…")
        readings = self._options.readings
        importer = self._import(readings) if readings else self._import_workbook()
        enrichment = self._enrich()
        self._finalize(importer, enrichment)

    def _announce(self, message: str) -> None:
        self._context.report(done=0, total=None, message=message)

    def _import_workbook(self) -> AlbumImporter:
        """Read and import the source; once its albums are saved, the workbook may take what space is left."""
        data = fetch(self._options, self._access, tick=self._context.tick, announce=self._announce)
        logger.info("The workbook has %.1f MB.", len(data) / 1_000_000)
        self._context.enter(Stage.PROCESSING, "Reading the sheet…")
        readings = read(data, self._options, tick=self._context.tick, show_tab=self._context.show_tab)
        importer = self._import(readings)
        if not (self._options.source or self._options.kept):
            most = self._access.workbooks_kept
            self.record.note(keep(data, operation=self._operation, context=self._context, most=most))
        return importer

    def _import(self, readings: Sequence[TabReading]) -> AlbumImporter:
        # By the year in their names, wherever the curators put a new tab.
        newest_first = sorted(readings, key=lambda reading: tab_year(reading.name) or 0, reverse=True)
        merged = merge(release for reading in newest_first for release in reading.releases)
        issues = [issue for reading in readings for issue in reading.issues] + merged.issues
        importer = AlbumImporter(record=self.record.row, context=self._context, now=self._now)
        importer.decide(merged.releases)
        self.record.begin(readings, plan=importer.plan, result=importer.result, issues=issues)
        self.record.note(importer.hold_back(readings, accepted_by=self._accepted_by()))
        importer.save(merged.releases)
        self.record.add_issues(importer.result.failures)
        return importer

    def _accepted_by(self) -> str:
        """Return who accepted all losses before the run began; nobody usually has."""
        if not self._options.accept_withdrawals:
            return ""
        return HeldBack.UNDO if self._options.kept else HeldBack.COMMAND_LINE

    def _enrich(self) -> EnrichmentResult:
        if self._options.skip_spotify:
            return EnrichmentResult(backlog=self._context.read(lambda: count_due(self._now)))
        self._context.enter(Stage.ENRICHING, "Enriching with Spotify metadata…")
        client = self._access.spotify_client()
        return enrich(client=client, context=self._context, request_limit=self._access.spotify_requests)

    def _finalize(self, importer: AlbumImporter, enrichment: EnrichmentResult) -> None:
        self._context.enter(Stage.FINALIZING, "Finishing…")
        importer.withdraw()
        self.record.take_enrichment(enrichment)
        self.record.prune()
        if isinstance(enrichment.error, SpotifyCredentialsRejected):
            self.record.fail(enrichment.error)
            return
        self.record.complete(enrichment)


def _log_tab(reading: TabReading) -> None:
    if reading.state == TabState.READ:
        count = len(reading.releases)
        logger.info("Tab “%s”: %d release%s.", reading.name, count, "" if count == 1 else "s")
    elif reading.state == TabState.FAILED:
        logger.warning("Tab “%s” failed: %s", reading.name, reading.note)
    else:
        logger.info("Tab “%s” is left out.", reading.name)


def fetch(
    options: SyncOptions, access: ServiceAccess, *, tick: Tick, announce: Announce = lambda _message: None
) -> bytes:
    with _source_named(options):
        if options.kept:
            return read_kept(options.kept)
        return read_source(options.source or access.sheet_url, tick=tick, announce=announce)


def read(
    data: bytes, options: SyncOptions, *, tick: Tick, show_tab: Callable[[str], None] = lambda _name: None
) -> tuple[TabReading, ...]:
    """Read all tabs; raises `NoReleaseTab` where each of them failed."""
    readings: list[TabReading] = []
    with _source_named(options):
        for reading in read_releases(data, tick, show_tab):
            _log_tab(reading)
            readings.append(reading)
        failed = [reading for reading in readings if reading.state == TabState.FAILED]
        if failed and not any(reading.state == TabState.READ for reading in readings):
            raise NoReleaseTab(f"No tab could be read; “{failed[0].name}”: {failed[0].note}")
    return tuple(readings)


@contextmanager
def _source_named(options: SyncOptions) -> Iterator[None]:
    """Let errors name the command's option where it was used, instead of the setting."""
    try:
        yield
    except SyncError as error:
        if options.source:
            error.blame_source()
        elif options.kept:
            error.blame_kept_sheet()
        raise
