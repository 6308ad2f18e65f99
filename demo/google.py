"""Serves the sheet's export as Google does."""

from collections.abc import Callable, Iterator

from demo.behaviour import Behaviour, Export
from demo.wire import HTML, Reply, Request, html_reply

EXPORT_PATH = "/spreadsheets/d/demo/export"
CONTENT_PATH = "/docs/securesc/demo-export"
SIGN_IN_PATH = "/v3/signin/identifier"
PATHS = (EXPORT_PATH, CONTENT_PATH, SIGN_IN_PATH)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PIECE_BYTES = 16_384
SLICES_PER_SECOND = 10
EXPORT_SHARE_OF_PACE = 0.25

Wait = Callable[[float], None]


def answer(request: Request, *, behaviour: Behaviour, workbook: bytes, wait: Wait) -> Reply:
    if request.path == SIGN_IN_PATH:
        return html_reply(200, "Sign in - Google Accounts")
    if behaviour.export_status != 200:  # noqa: PLR2004
        return html_reply(behaviour.export_status, _error_title(behaviour.export_status))
    if request.path == EXPORT_PATH:
        return _redirect(request, _target(behaviour))
    return _content(behaviour, workbook, wait)


def _error_title(status: int) -> str:
    titles = {401: "Sign in", 404: "Page not found", 429: "Too many requests"}
    return titles.get(status, "Sorry, the server met an error")


def _target(behaviour: Behaviour) -> str:
    if behaviour.export_redirect == "loop":
        return f"{EXPORT_PATH}?format=xlsx"
    if behaviour.export_redirect is not None:
        return behaviour.export_redirect
    return SIGN_IN_PATH if behaviour.export == Export.SIGN_IN else CONTENT_PATH


def _redirect(request: Request, target: str) -> Reply:
    location = f"http://{request.headers['Host']}{target}" if target.startswith("/") else target
    return Reply(307, b"<html>Temporary Redirect</html>", {"Location": location, "Content-Type": HTML})


def _content(behaviour: Behaviour, workbook: bytes, wait: Wait) -> Reply:
    headers = {
        "Content-Type": XLSX,
        "Content-Disposition": 'attachment; filename="releases.xlsx"',
        "Cache-Control": "no-cache, no-store, max-age=0, must-revalidate",
    }
    match behaviour.export:
        case Export.RESET:
            return Reply(200, reset=True)
        case Export.HTML | Export.SIGN_IN:
            return html_reply(200, "Google Drive - Quota exceeded")
        case Export.GARBAGE:
            return Reply(200, [b"This is no workbook at all. " * 40], headers)
        case Export.ENDLESS:
            return Reply(200, _paced(_endless(workbook), behaviour, wait), headers)
        case Export.TRUNCATED:
            half = workbook[: len(workbook) // 2]
            return Reply(200, _paced(_pieces(half, behaviour), behaviour, wait), headers, truncated=True)
        case Export.WORKBOOK:
            return Reply(200, _paced(_pieces(workbook, behaviour), behaviour, wait), headers)


def _pieces(body: bytes, behaviour: Behaviour) -> Iterator[bytes]:
    size = _piece_bytes(len(body), behaviour)
    for start in range(0, len(body), size):
        yield body[start : start + size]


def _piece_bytes(total: int, behaviour: Behaviour) -> int:
    per_second = _bytes_per_second(total, behaviour)
    return PIECE_BYTES if per_second is None else max(1, per_second // SLICES_PER_SECOND)


def _bytes_per_second(total: int, behaviour: Behaviour) -> int | None:
    if behaviour.export_bytes_per_second:
        return behaviour.export_bytes_per_second
    if behaviour.pace_seconds:
        return max(1, int(total / (behaviour.pace_seconds * EXPORT_SHARE_OF_PACE)))
    return None


def _endless(workbook: bytes) -> Iterator[bytes]:
    yield workbook[:PIECE_BYTES] or b"PK\x03\x04"
    while True:
        yield bytes(PIECE_BYTES)


def _paced(pieces: Iterator[bytes], behaviour: Behaviour, wait: Wait) -> Iterator[bytes]:
    is_slow = behaviour.export_bytes_per_second or behaviour.pace_seconds
    for piece in pieces:
        if is_slow:
            wait(1 / SLICES_PER_SECOND)
        yield piece
