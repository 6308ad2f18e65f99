"""Downloads the sheet as an XLSX workbook and explains failures.

The rules follow what the export was measured to do, which Google does not document: it redirects to a
googleusercontent.com host, and a sheet that is not shared answers with a sign-in page and status 200.
"""

import logging
from http import HTTPStatus
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urljoin, urlsplit

from catalog.services.background import Tick, run_aside, wait_in_steps
from catalog.services.errors import (
    SheetAddressError,
    SheetError,
    SheetNotAWorkbook,
    SheetNotFound,
    SheetNotShared,
    SheetTooLarge,
    SheetUnavailable,
    SheetUnreachable,
    SyncError,
)

if TYPE_CHECKING:
    import requests
    from requests.adapters import BaseAdapter

logger = logging.getLogger(__name__)

CONNECT_SECONDS = 10
READ_SECONDS = 20
WHOLE_DOWNLOAD_SECONDS = 300
MAX_BYTES = 50_000_000  # The real export has 3.4 MB.
MAX_REDIRECTS = 5
CHUNK_BYTES = 65_536
PAUSES_BETWEEN_TRIES_SECONDS = (1, 4)
LONGEST_PAUSE_SECONDS = 30

NO_ADDRESS = "The sheet's address, or where it leads, is not a web address."
PROTECTED_OR_OLD = "The file is protected by a password, or is an old XLS file."
GOOGLE_CONTENT = ".googleusercontent.com"
GOOGLE_SIGN_IN = "accounts.google.com"
ZIP_SIGNATURE = b"PK\x03\x04"
OLE_SIGNATURE = b"\xd0\xcf\x11\xe0"  # Workbooks with a password, and old XLS files.


def read_source(source: str, *, tick: Tick, retries: bool = True, adapter: "BaseAdapter | None" = None) -> bytes:
    """Read a web address or a file; raises a `SheetError`, `SheetUnavailable` or `SheetUnreachable`.

    `adapter` sends the requests instead of the usual one.
    """
    if _parts(source).scheme in ("http", "https"):
        return download(source, tick=tick, retries=retries, adapter=adapter)
    try:
        content = Path(source).read_bytes()
    except OSError as error:
        raise SheetAddressError("The sheet's address is neither a web address nor a file that can be read.") from error
    _check_file(content)
    return content


def _check_file(content: bytes) -> None:
    if content.startswith(OLE_SIGNATURE):
        raise SheetNotAWorkbook(PROTECTED_OR_OLD)
    if not content.startswith(ZIP_SIGNATURE):
        raise SheetNotAWorkbook("The file is not an XLSX workbook.")


def download(url: str, *, tick: Tick, retries: bool = True, adapter: "BaseAdapter | None" = None) -> bytes:
    for pause in PAUSES_BETWEEN_TRIES_SECONDS if retries else ():
        try:
            return run_aside(lambda: _download_once(url, adapter), tick)
        except SyncError as error:
            if not error.is_temporary:
                raise
            logger.info("The download failed and is tried again: %s", error)
            retry_after = error.retry_after_seconds if isinstance(error, SheetUnavailable) else 0
            wait_in_steps(min(max(pause, retry_after), LONGEST_PAUSE_SECONDS), tick)
    return run_aside(lambda: _download_once(url, adapter), tick)


def _download_once(url: str, adapter: "BaseAdapter | None") -> bytes:
    import requests  # noqa: PLC0415  (only a run downloads)

    try:
        with requests.Session() as session:
            if adapter:
                session.mount("http://", adapter)
                session.mount("https://", adapter)
            with _follow(session, url) as response:
                _check_status(response)
                return _read_body(response)
    except ValueError as error:
        # InvalidURL, or from the Location of a redirect, which requests parses even where it must not follow it.
        raise SheetAddressError(NO_ADDRESS) from error
    except requests.exceptions.RequestException as error:
        raise SheetUnreachable(_what_broke(error)) from error


def _what_broke(error: "requests.exceptions.RequestException") -> str:
    from requests import exceptions  # noqa: PLC0415

    if isinstance(error, exceptions.Timeout):
        return "Google Sheets did not answer in time."
    if isinstance(error, exceptions.ChunkedEncodingError):
        return "The download of the sheet broke off."
    if isinstance(error, exceptions.SSLError):
        return "No secure connection to Google Sheets could be made."
    return "Google Sheets could not be reached."


def _follow(session: "requests.Session", url: str) -> "requests.Response":
    """Follow redirects only to hosts that may serve the export."""
    first_host = urlsplit(url).hostname
    for _ in range(MAX_REDIRECTS + 1):
        response = session.get(url, timeout=(CONNECT_SECONDS, READ_SECONDS), stream=True, allow_redirects=False)
        if not response.is_redirect:
            return response
        response.close()
        url = _check_redirect(url, response.headers["Location"], first_host)
    raise SheetAddressError("The sheet's address redirects without end.")


def _check_redirect(url: str, location: str, first_host: str | None) -> str:
    parts = _parts(location, base=url)
    host = parts.hostname or ""
    if host == GOOGLE_SIGN_IN:
        raise SheetNotShared("The link answers with a sign-in page: the sheet is not shared publicly.")
    is_content = parts.scheme == "https" and host.endswith(GOOGLE_CONTENT)
    if not is_content and not (host == first_host and parts.scheme in ("http", "https")):
        raise SheetAddressError("The sheet's address leads to another site.")
    return parts.geturl()


def _parts(url: str, *, base: str = "") -> SplitResult:
    """Split an address; a malformed one, with an unclosed bracket for example, is a `SheetAddressError`."""
    try:
        return urlsplit(urljoin(base, url))
    except ValueError as error:
        raise SheetAddressError(NO_ADDRESS) from error


def _check_status(response: "requests.Response") -> None:
    status = response.status_code
    if status == HTTPStatus.OK:
        return
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        raise SheetNotShared("Google does not let us read the sheet: it is not shared publicly.")
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        raise SheetNotFound("There is no sheet at this address.")
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        is_busy = status == HTTPStatus.TOO_MANY_REQUESTS
        what = "Google Sheets is too busy to answer." if is_busy else "Google Sheets answers with a fault of its own."
        seconds = response.headers.get("Retry-After", "")
        raise SheetUnavailable(what, retry_after_seconds=int(seconds) if seconds.isdecimal() else 0)
    raise SheetError(f"Google Sheets refused the request (status {status}).")


def _read_body(response: "requests.Response") -> bytes:
    """Read the decoded body; a body that is no workbook is refused after its first bytes."""
    deadline = monotonic() + WHOLE_DOWNLOAD_SECONDS
    content = bytearray()
    for chunk in response.iter_content(CHUNK_BYTES):
        content += chunk
        if len(content) >= len(ZIP_SIGNATURE):
            _check_workbook(bytes(content[: len(ZIP_SIGNATURE)]), response.headers.get("Content-Type", ""))
        if len(content) > MAX_BYTES:
            raise SheetTooLarge(f"The download has more than {MAX_BYTES // 1_000_000} MB.")
        if monotonic() > deadline:
            raise SheetUnreachable("The download of the sheet took too long.")
    _check_workbook(bytes(content[: len(ZIP_SIGNATURE)]), response.headers.get("Content-Type", ""))
    return bytes(content)


def _check_workbook(beginning: bytes, content_type: str) -> None:
    if beginning == ZIP_SIGNATURE:
        return
    if beginning == OLE_SIGNATURE:
        raise SheetNotAWorkbook(PROTECTED_OR_OLD)
    if content_type.startswith("text/html") or beginning.lstrip().startswith(b"<"):
        raise SheetNotShared("The link answers with a sign-in page: the sheet is not shared publicly.")
    raise SheetNotAWorkbook("The link answers, but not with an XLSX workbook.")
