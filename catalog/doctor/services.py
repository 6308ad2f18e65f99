"""Do the sheet and Spotify answer as a sync needs it, and do their clocks agree with ours?"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import DatabaseError, connection
from django.utils import timezone

from catalog.doctor.findings import CLOCK, SHEET, SPOTIFY, Finding
from catalog.doctor.outgoing import Outgoing
from catalog.models.sync import STALE_AFTER_SECONDS, SpotifyPause
from catalog.presentation.dates import duration, exact_time
from catalog.services.errors import SpotifyForbidden, SpotifyLimited, SyncError
from catalog.services.sheet.download import read_source
from catalog.services.sheet.parser import read_releases
from catalog.services.sheet.releases import TabState
from catalog.services.spotify.enrichment import AlbumSource
from catalog.services.spotify.payload import SpotifyAlbumData
from catalog.services.sync_manager import check_credentials, service_access

TABS_NAMED = 20
# Spotify's own example, for a sheet that names no album.
ANY_ALBUM = "4aawyAB9vmqN3uQ7FjRGTy"
# As much as a run may be silent before it counts as dead.
LARGEST_CLOCK_ERROR = timedelta(seconds=STALE_AFTER_SECONDS)


@dataclass
class Workbook:
    """What the release tabs hold: their names, why others cannot be read, and some album of Spotify."""

    tabs: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    releases: int = 0
    spotify_id: str = ""


class Services:
    """The services that a sync asks; their order matters, because the sheet names an album to ask Spotify about."""

    def __init__(self, outgoing: Outgoing) -> None:
        self._outgoing = outgoing
        self._spotify_id = ANY_ALBUM

    def sheet(self) -> Finding:
        """Download the sheet and read it."""
        try:
            content = read_source(service_access().sheet_url, tick=lambda: None, retries=False, adapter=self._outgoing)
            workbook = _read(content)
        except SyncError as error:
            return _failure(SHEET, error)
        self._spotify_id = workbook.spotify_id or ANY_ALBUM
        return _sheet_finding(workbook)

    def spotify(self) -> Finding:
        """Ask for one album, as a batch where that is allowed; ask nothing while a pause is in force."""
        try:
            check_credentials()
            if pause := _pause():
                sentence = f"Spotify was not asked, because it wants us to wait until {exact_time(pause.until)}."
                return Finding(SPOTIFY, ok=None, sentence=sentence, remedy="Wait; the next sync after that goes on.")
            return _ask(service_access().spotify_client(self._outgoing), self._spotify_id)
        except DatabaseError:
            sentence = "Spotify was not asked, because only the database knows whether it wants us to wait."
            return Finding(SPOTIFY, ok=None, sentence=sentence, remedy="Mend the database first.")
        except SpotifyLimited as error:
            wait = f"Wait {duration(error.retry_after_seconds)} before the next sync."
            return Finding(SPOTIFY, ok=False, sentence=error.what_happened, remedy=wait)
        except SyncError as error:
            return _failure(SPOTIFY, error)

    def clock(self) -> Finding:
        """Compare with the answer that differs least: the date of another may come from a cache."""
        if not self._outgoing.clock_errors:
            sentence, remedy = "No service told its time.", "Mend the sheet or Spotify first."
            return Finding(CLOCK, ok=None, sentence=sentence, remedy=remedy)
        error = min(self._outgoing.clock_errors, key=abs)
        if abs(error) <= LARGEST_CLOCK_ERROR:
            return Finding(CLOCK, ok=True, sentence="This machine’s clock agrees with those of the services.")
        direction = "ahead of" if error > timedelta() else "behind"
        sentence = f"This machine’s clock is {duration(abs(error))} {direction} those of the services."
        return Finding(CLOCK, ok=False, sentence=sentence, remedy="Set it, for example with the time service chrony.")


def _failure(subject: str, error: SyncError) -> Finding:
    return Finding(subject, ok=False, sentence=error.what_happened, remedy=error.remedy or _usual_remedy(error))


def _usual_remedy(error: SyncError) -> str:
    if error.is_temporary:
        return "Check the server’s internet connection, or run the doctor again in a few minutes."
    return "Check the app on Spotify’s dashboard."


# The sheet ---------------------------------------------------------------------------------


def _read(content: bytes) -> Workbook:
    workbook = Workbook()
    for reading in read_releases(content):
        if reading.state == TabState.FAILED:
            workbook.failures.append(f"“{reading.name}” ({reading.note.rstrip('.')})")
        if reading.state == TabState.READ:
            workbook.tabs.append(reading.name)
            workbook.releases += len(reading.releases)
            ids = (release.spotify_id for release in reading.releases if release.spotify_id)
            workbook.spotify_id = workbook.spotify_id or next(ids, "")
    return workbook


def _sheet_finding(workbook: Workbook) -> Finding:
    count = len(workbook.tabs)
    releases = f"{workbook.releases:,} release{'' if workbook.releases == 1 else 's'}"
    found = f"{releases} in {count} tab{'' if count == 1 else 's'}"
    if workbook.failures:
        sentence = f"The sheet is shared and lists {found}, but cannot be read in {_named(workbook.failures)}."
        return Finding(SHEET, ok=False, sentence=sentence, remedy="Tell the curators of the sheet.")
    return Finding(SHEET, ok=True, sentence=f"The sheet is shared and lists {found}: {_named(workbook.tabs)}.")


def _named(names: Sequence[str]) -> str:
    more = len(names) - TABS_NAMED
    return ", ".join(names[:TABS_NAMED]) + (f" and {more:,} more" if more > 0 else "")


# Spotify -----------------------------------------------------------------------------------


def _pause() -> SpotifyPause | None:
    """Return the pause in force; a database without tables holds none."""
    if SpotifyPause._meta.db_table not in connection.introspection.table_names():  # noqa: SLF001
        return None
    return SpotifyPause.objects.in_force(timezone.now()).first()


def _ask(client: AlbumSource, spotify_id: str) -> Finding:
    try:
        album, batch = client.albums([spotify_id])[spotify_id], "answers for several albums at once"
    except SpotifyForbidden:
        album = client.album(spotify_id)
        batch = "answers for one album at a time, as it does for new apps, which only takes longer"
    return Finding(SPOTIFY, ok=True, sentence=f"Spotify accepts the credentials, {_known(album)}, and {batch}.")


def _known(album: SpotifyAlbumData | None) -> str:
    return f"knows “{album.name}” by {album.artist_name}" if album else "does not know the album asked for"
