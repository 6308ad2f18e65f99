"""The failures that a sync can explain: each says what happened, what it means, what to do.

Whatever is not in this family is a defect: people read one general sentence with a
reference, and the traceback goes to the log.
"""


class SyncError(Exception):
    """A failure with words for people; never raised itself.

    `title` heads the message, `remedy` ends it, and `is_temporary` tells whether the
    same call can succeed by being made again.
    """

    title = "Sync failed."
    remedy = "Try again."
    is_temporary = False

    def __init__(self, what_happened: str) -> None:
        super().__init__(what_happened)
        self.what_happened = what_happened

    def message(self) -> str:
        """Return the sentences below the title: cause, then remedy."""
        return f"{self.what_happened} {self.remedy}"


class SyncStopped(Exception):
    """The run has to stop although nothing failed; never raised itself."""


class SyncCancelled(SyncStopped):
    """A visitor asked for the run to end."""


class LeaseLost(SyncStopped):
    """Another process does this run or has ended it; this one must write nothing more."""


# The sheet ---------------------------------------------------------------------------------


class SheetError(SyncError):
    """The sheet could not be had or read; the catalog stays as it was."""

    title = "Google Sheets configuration error."
    remedy = "Check GOOGLE_SHEETS_XLSX_URL. The catalog was not changed."


class SheetAddressError(SheetError):
    """GOOGLE_SHEETS_XLSX_URL is no web address, or leads somewhere it must not."""

    remedy = (
        "Set GOOGLE_SHEETS_XLSX_URL to the sheet's export link, "
        "https://docs.google.com/spreadsheets/d/<id>/export?format=xlsx. The catalog was not changed."
    )


class SheetNotShared(SheetError):
    """Google answers with a sign-in page."""

    remedy = (
        "Share it as “anyone with the link can view”, or correct GOOGLE_SHEETS_XLSX_URL. The catalog was not changed."
    )


class SheetNotFound(SheetError):
    """There is no sheet at the address."""


class SheetNotAWorkbook(SheetError):
    """The address answers, but not with a readable XLSX workbook."""


class SheetTooLarge(SheetError):
    """The workbook is larger than any release sheet can be."""

    remedy = "Check that GOOGLE_SHEETS_XLSX_URL leads to the release sheet. The catalog was not changed."


class NoReleaseTab(SheetError):
    """No tab of the workbook has a header with Artist and Album."""

    remedy = (
        "A release tab needs a header row with “Artist” and “Album” among its first 15 rows. "
        "Check GOOGLE_SHEETS_XLSX_URL, or the sheet itself. The catalog was not changed."
    )


class SheetUnreachable(SyncError):
    """Google could not be reached, or broke off."""

    title = "Unable to reach external services."
    remedy = (
        "Check GOOGLE_SHEETS_XLSX_URL and the server's internet connection, then start the sync again."
        " The catalog was not changed."
    )
    is_temporary = True


class SheetUnavailable(SyncError):
    """Google answers that it cannot serve the sheet now; `retry_after_seconds` is its own figure, or 0."""

    title = "Google Sheets is not available right now."
    remedy = "Wait a few minutes and start the sync again. The catalog was not changed."
    is_temporary = True

    def __init__(self, what_happened: str, *, retry_after_seconds: int = 0) -> None:
        super().__init__(what_happened)
        self.retry_after_seconds = retry_after_seconds


# Spotify -----------------------------------------------------------------------------------

SPOTIFY_REMEDY_LATER = "The sheet's data is up to date; covers and tracks follow with the next sync."


class SpotifyError(SyncError):
    """Spotify could not be asked; what the sheet says has been saved nevertheless."""

    title = "Spotify is not available right now."
    remedy = SPOTIFY_REMEDY_LATER
    is_temporary = True


class SpotifyCredentialsMissing(SpotifyError):
    """SPOTIFY_CLIENT_ID or SPOTIFY_CLIENT_SECRET is empty."""

    title = "Spotify credentials not configured."
    remedy = (
        "Set SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET in the environment or in .env and restart. "
        "Nothing was started and the catalog was not changed."
    )
    is_temporary = False


class SpotifyCredentialsRejected(SpotifyError):
    """Spotify does not accept the client id and secret."""

    title = "Spotify rejected the credentials."
    remedy = (
        "Check SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET. "
        "The sheet's data has been saved; only covers and tracks are missing."
    )
    is_temporary = False


class SpotifyUnreachable(SpotifyError):
    """Spotify could not be reached, or broke off."""

    title = "Unable to reach external services."


class SpotifyUnavailable(SpotifyError):
    """Spotify answers, but with a fault of its own."""


class SpotifyForbidden(SpotifyError):
    """Spotify refuses this call to this application (HTTP 403)."""

    title = "Spotify refused the request."
    is_temporary = False


class SpotifyNotFound(SpotifyError):
    """Spotify has nothing under this address (HTTP 404)."""

    title = "Spotify does not know the album."
    is_temporary = False


class SpotifyBadRequest(SpotifyError):
    """Spotify does not understand an album id (HTTP 400)."""

    title = "Spotify did not understand the request."
    is_temporary = False


class SpotifyLimited(SpotifyError):
    """Spotify asks to slow down (HTTP 429).

    `retry_after_seconds` is its own figure, `is_quota` tells the daily quota from the
    short rate limit.
    """

    title = "Spotify asks us to wait."

    def __init__(self, what_happened: str, *, retry_after_seconds: int, is_quota: bool) -> None:
        super().__init__(what_happened)
        self.retry_after_seconds = retry_after_seconds
        self.is_quota = is_quota


# The run itself ----------------------------------------------------------------------------


class DatabaseTrouble(SyncError):
    """The database was locked, full or away for longer than a run can wait."""

    title = "The database could not be written."
    remedy = "What was saved before is kept. Check the database and its disk, then start the sync again."
    is_temporary = True


class SyncInterrupted(SyncError):
    """The process of a run has ended under it."""

    title = "The last sync was interrupted."
    remedy = "Nothing was lost; start it again."
    is_temporary = True


class NoWorker(SyncError):
    """A run waited for a worker, and none came."""

    title = "No worker took up the sync."
    remedy = (
        "Start one on the server with “python manage.py db_worker”, then start the sync again. "
        "The catalog was not changed."
    )
    is_temporary = True


class UnexpectedFailure(SyncError):
    """A defect of ours; the log has its traceback under the reference that the message gives."""

    title = "Sync failed."
    remedy = (
        "What was saved before is kept. Start the sync again; if it fails again, look for the reference in the log."
    )
