"""The failures that a sync can explain; any other exception is a defect, see `UnexpectedFailure`."""


class SyncError(Exception):
    """Never raised itself; `title`, `remedy` (what to do) and `effect` (on the catalog) are shown to people.

    `is_temporary` means that a retry can help; `retry_remedy` is the remedy of a run that is tried again by itself.
    """

    title = "Sync failed."
    remedy = "Try again."
    retry_remedy = ""
    effect = ""
    is_temporary = False

    def __init__(self, what_happened: str) -> None:
        super().__init__(what_happened)
        self.what_happened = what_happened

    def message(self, *, is_retried: bool = False) -> str:
        remedy = self.retry_remedy if is_retried else self.remedy
        return " ".join(filter(None, (self.what_happened, remedy, self.effect)))

    def blame_source(self) -> None:
        """Name the command's option --source, where the words name the setting that it replaces."""
        self.remedy = self.remedy.replace("GOOGLE_SHEETS_XLSX_URL", "--source")

    def blame_kept_sheet(self) -> None:
        """Name neither the setting nor Google, where a kept workbook is what cannot be read."""


class SyncStopped(Exception):
    """The run has to stop although nothing failed; never raised itself."""


class SyncCancelled(SyncStopped):
    """A visitor asked for the run to end."""


class LeaseLost(SyncStopped):
    """Another process does this run or has ended it; this one must write nothing more."""


# The sheet ---------------------------------------------------------------------------------

SHEET_EFFECT = "The catalog was not changed."


class SheetError(SyncError):
    title = "Google Sheets configuration error."
    remedy = "Check GOOGLE_SHEETS_XLSX_URL."
    effect = SHEET_EFFECT

    def blame_source(self) -> None:
        self.title = "The sheet could not be read."
        super().blame_source()

    def blame_kept_sheet(self) -> None:
        self.title, self.remedy = "The sheet could not be read.", "Go back to another one."


class SheetAddressError(SheetError):
    remedy = (
        "Set GOOGLE_SHEETS_XLSX_URL to the sheet's export link, "
        "https://docs.google.com/spreadsheets/d/<id>/export?format=xlsx."
    )

    def blame_source(self) -> None:
        super().blame_source()
        self.remedy = "Give --source an XLSX file, or the sheet's export link."


class SheetNotShared(SheetError):
    remedy = "Share it as “anyone with the link can view”, or correct GOOGLE_SHEETS_XLSX_URL."


class SheetNotFound(SheetError):
    """There is no sheet at the address."""


class SheetNotAWorkbook(SheetError):
    """The address answers, but not with a readable XLSX workbook."""


class SheetTooLarge(SheetError):
    remedy = "Check that GOOGLE_SHEETS_XLSX_URL leads to the release sheet."


class NoReleaseTab(SheetError):
    remedy = (
        "A release tab needs a header row with “Artist” and “Album” among its first 15 rows. "
        "Check GOOGLE_SHEETS_XLSX_URL, or the sheet itself."
    )


class SheetNotKept(SyncError):
    """An undo came too late."""

    title = "This sheet is no longer kept."
    remedy = "Go back to another one; WORKBOOKS_KEPT says how many are kept."
    effect = SHEET_EFFECT


class SheetUnreachable(SyncError):
    title = "Unable to reach external services."
    remedy = "Check GOOGLE_SHEETS_XLSX_URL and the server's internet connection, then start the sync again."
    retry_remedy = "Check GOOGLE_SHEETS_XLSX_URL and the server's internet connection if this happens again."
    effect = SHEET_EFFECT
    is_temporary = True


class SheetUnavailable(SyncError):
    """`retry_after_seconds` is Google's own figure, or 0."""

    title = "Google Sheets is not available right now."
    remedy = "Wait a few minutes and start the sync again."
    effect = SHEET_EFFECT
    is_temporary = True

    def __init__(self, what_happened: str, *, retry_after_seconds: int = 0) -> None:
        super().__init__(what_happened)
        self.retry_after_seconds = retry_after_seconds


# Spotify -----------------------------------------------------------------------------------


class SpotifyError(SyncError):
    title = "Spotify is not available right now."
    remedy = ""
    effect = "The sheet's data is up to date; covers and tracks follow with the next sync."
    is_temporary = True


class SpotifyCredentialsMissing(SpotifyError):
    title = "Spotify credentials not configured."
    remedy = "Set SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET in the environment or in .env and restart."
    effect = "Nothing was started and the catalog was not changed."
    is_temporary = False


class SpotifyCredentialsRejected(SpotifyError):
    title = "Spotify rejected the credentials."
    remedy = "Check SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET."
    effect = "The sheet's data has been saved; only covers and tracks are missing."
    is_temporary = False


class SpotifyUnreachable(SpotifyError):
    title = "Unable to reach external services."


class SpotifyUnavailable(SpotifyError):
    """Spotify answers, but not with what was asked for."""


class SpotifyForbidden(SpotifyError):  # HTTP 403
    title = "Spotify refused the request."
    is_temporary = False


class SpotifyNotFound(SpotifyError):  # HTTP 404
    title = "Spotify does not know the album."
    is_temporary = False


class SpotifyBadRequest(SpotifyError):  # HTTP 400
    title = "Spotify did not understand the request."
    is_temporary = False


class SpotifyLimited(SpotifyError):
    """HTTP 429; `retry_after_seconds` is Spotify's own figure, `is_quota` means the daily quota, not the rate limit."""

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
    retry_remedy = "What was saved before is kept. Check the database and its disk if this happens again."
    is_temporary = True


class SyncInterrupted(SyncError):
    """A run has ended without an end of its own; `what_happened` claims no more than its row tells."""

    title = "The last sync was interrupted."
    remedy = "Nothing was lost; start it again."
    retry_remedy = "Nothing was lost."
    is_temporary = True


class ServerStopped(SyncInterrupted):
    """The process of a run was told to end, and the run has said so itself."""

    title = "The last sync was interrupted when the server restarted."

    def message(self, *, is_retried: bool = False) -> str:
        """Return the remedy alone: the title has told the cause."""
        return self.retry_remedy if is_retried else self.remedy


class SyncFrozen(SyncError):
    """A run was alive and came no further; the log has the stacks of its threads."""

    title = "The sync stood still."
    remedy = "What was saved before is kept. Start the sync again; the log shows where it waited."
    retry_remedy = "What was saved before is kept. The log shows where it waited."
    is_temporary = True


class NoWorker(SyncError):
    title = "No worker took up the sync."
    remedy = (
        "Start one on the server with “python manage.py db_worker”, then start the sync again. "
        "The catalog was not changed."
    )


class UnexpectedFailure(SyncError):
    """A defect of ours; the log has its traceback under the reference that the message gives."""

    title = "Sync failed."
    remedy = (
        "What was saved before is kept. Start the sync again; if it fails again, look for the reference in the log."
    )
