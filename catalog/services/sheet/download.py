"""Downloads the sheet as an XLSX workbook and explains failures.

The rules follow what the export was measured to do, which Google does not document: it redirects to a
googleusercontent.com host, and a sheet that is not shared answers with a sign-in page and status 200.
"""

import logging
import re
from collections.abc import Callable, Sequence
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

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
    from urllib3.util import Url

logger = logging.getLogger(__name__)

# Called with a sentence for people.
Announce = Callable[[str], None]

SERVICE = "Google"
CONNECT_SECONDS = 10
READ_SECONDS = 20
WHOLE_DOWNLOAD_SECONDS = 300
MAX_BYTES = 50_000_000  # The real export has 3.4 MB.
MAX_REDIRECTS = 5
CHUNK_BYTES = 65_536
PAUSES_BETWEEN_TRIES_SECONDS = (1, 4)
LONGEST_PAUSE_SECONDS = 30

TOO_LATE = "The download of the sheet took too long."
NO_ADDRESS = "The sheet's address, or where it leads, is not a web address."
PROTECTED_OR_OLD = "The file is protected by a password, or is an old XLS file."
GOOGLE_CONTENT = ".googleusercontent.com"
GOOGLE_SIGN_IN = "accounts.google.com"
ZIP_SIGNATURE = b"PK\x03\x04"
DEFAULT_PORTS = {"http": 80, "https": 443}
# urllib, requests and browsers do not agree about what these mean in an address.
AMBIGUOUS = re.compile(r"[\\\x00-\x1f\x7f]")
OLE_SIGNATURE = b"\xd0\xcf\x11\xe0"  # Workbooks with a password, and old XLS files.


def read_source(
    source: str,
    *,
    tick: Tick,
    announce: Announce = lambda _message: None,
    retries: bool = True,
    adapter: "BaseAdapter | None" = None,
) -> bytes:
    """Read a web address or a file; raises a `SheetError`, `SheetUnavailable` or `SheetUnreachable`.

    `adapter` sends the requests instead of the usual one; each further try is announced.
    """
    if _scheme(source) in DEFAULT_PORTS:
        pauses = PAUSES_BETWEEN_TRIES_SECONDS if retries else ()
        return _download(source, tick=tick, announce=announce, pauses=pauses, adapter=adapter)
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


def _download(
    url: str, *, tick: Tick, announce: Announce, pauses: Sequence[float], adapter: "BaseAdapter | None"
) -> bytes:
    for number, pause in enumerate(pauses, start=2):
        try:
            return _download_aside(url, tick, adapter)
        except SyncError as error:
            if not error.is_temporary:
                raise
            retry_after = error.retry_after_seconds if isinstance(error, SheetUnavailable) else 0
            seconds = min(max(pause, retry_after), LONGEST_PAUSE_SECONDS)
            logger.info("The download failed and is tried again in %d s: %s", seconds, error)
            wait_in_steps(seconds, tick)
            announce(f"Fetching albums from Google Sheets… (try {number})")
    return _download_aside(url, tick, adapter)


def _download_aside(url: str, tick: Tick, adapter: "BaseAdapter | None") -> bytes:
    call, too_late = partial(_download_once, url, adapter), SheetUnreachable(TOO_LATE)
    return run_aside(call, tick, limit_seconds=WHOLE_DOWNLOAD_SECONDS, too_late=too_late)


def _download_once(url: str, adapter: "BaseAdapter | None") -> bytes:
    import requests  # noqa: PLC0415  (only a run downloads)

    from catalog.services.network.http_session import HttpSession, TooLate, time_limit  # noqa: PLC0415

    try:
        session = HttpSession(adapter, service=SERVICE)
        with time_limit(WHOLE_DOWNLOAD_SECONDS), session, _follow(session, url) as response:
            _check_status(response)
            return _read_body(response)
    except ValueError as error:
        # InvalidURL, or an address that cannot be split.
        raise SheetAddressError(NO_ADDRESS) from error
    except TooLate as error:
        raise SheetUnreachable(TOO_LATE) from error
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
    first = _as_sent(url)
    for _ in range(MAX_REDIRECTS + 1):
        response = session.get(url, timeout=(CONNECT_SECONDS, READ_SECONDS), stream=True, allow_redirects=False)
        if not response.is_redirect:
            return response
        response.close()
        url = _check_redirect(url, response.headers["Location"], first)
    raise SheetAddressError("The sheet's address redirects without end.")


def _check_redirect(url: str, location: str, first: "Url") -> str:
    if AMBIGUOUS.search(location):
        raise SheetAddressError(NO_ADDRESS)
    target = _as_sent(urljoin(url, location))
    if target.host == GOOGLE_SIGN_IN:
        raise SheetNotShared("The link answers with a sign-in page: the sheet is not shared publicly.")
    if target.auth not in (None, first.auth) or not (_is_content(target) or _is_same_site(target, first)):
        raise SheetAddressError("The sheet's address leads to another site.")
    return target.url


def _as_sent(url: str) -> "Url":
    """Return an address as requests will send it; raises `ValueError` or `InvalidURL`."""
    import requests  # noqa: PLC0415  (only a run downloads)
    from urllib3.util import parse_url  # noqa: PLC0415

    return parse_url(requests.Request("GET", url).prepare().url or "")


def _is_content(target: "Url") -> bool:
    return (target.host or "").endswith(GOOGLE_CONTENT) and _site(target) == ("https", target.host, 443)


def _is_same_site(target: "Url", first: "Url") -> bool:
    """Whether scheme, host and port are the same, or only the scheme is a safer one."""
    is_made_safe = _site(first) == ("http", first.host, 80) and _site(target) == ("https", first.host, 443)
    return is_made_safe or _site(target) == _site(first)


def _site(url: "Url") -> tuple[str | None, str | None, int | None]:
    return url.scheme, url.host, url.port or DEFAULT_PORTS.get(url.scheme or "")


def _scheme(url: str) -> str:
    """Return the scheme; an address that cannot be split, for an unclosed bracket, is a `SheetAddressError`."""
    try:
        return urlsplit(url).scheme
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
        raise SheetUnavailable(what, retry_after_seconds=int(seconds[:9]) if seconds.isdecimal() else 0)
    raise SheetError(f"Google Sheets refused the request (status {status}).")


def _read_body(response: "requests.Response") -> bytes:
    """Read the decoded body; a body that is no workbook is refused after its first bytes."""
    content = bytearray()
    for chunk in response.iter_content(CHUNK_BYTES):
        content += chunk
        if len(content) >= len(ZIP_SIGNATURE):
            _check_workbook(bytes(content[: len(ZIP_SIGNATURE)]), response.headers.get("Content-Type", ""))
        if len(content) > MAX_BYTES:
            raise SheetTooLarge(f"The download has more than {MAX_BYTES // 1_000_000} MB.")
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
