"""The site under gunicorn with two workers: polls while a sync runs, triggers, and the first view."""

import gzip
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from email.message import Message
from html.parser import HTMLParser
from http.client import HTTPConnection, HTTPException
from http.cookies import SimpleCookie
from pathlib import Path
from time import perf_counter, sleep
from typing import Any
from urllib.parse import urlsplit

from demo.sample import sample_releases
from demo.standin import StandIn
from tests.support.site import Site
from tests.support.waiting import wait_until

CATALOG, STATUS, TRIGGER = "/catalog/", "/catalog/sync/status/", "/catalog/sync/trigger/"
SMALL_SHEET = 50
WARM_UP = 20
SECONDS_BETWEEN_POLLS = 0.1
TIMEOUT_SECONDS = 30


class Visitor:
    """A browser as far as HTTP goes: one connection, cookies, the CSRF token."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
        self._cookies = SimpleCookie()

    def ask(self, method: str, path: str) -> tuple[int, Message, bytes]:
        """Send a request and return status, headers and the body as it came."""
        self._connection.request(method, path, headers=self._headers())
        response = self._connection.getresponse()
        body = response.read()
        self._cookies.load(response.headers.get("Set-Cookie", ""))
        return response.status, response.headers, body

    def timed(self, method: str, path: str) -> tuple[float, int, Message]:
        """Send a request and return its seconds, status and headers; status 0 where none came."""
        start = perf_counter()
        try:
            status, headers, _body = self.ask(method, path)
        except (OSError, HTTPException):
            self._connection.close()
            status, headers = 0, Message()
        return perf_counter() - start, status, headers

    def _headers(self) -> dict[str, str]:
        cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in self._cookies.items())
        token = self._cookies["csrftoken"].value if "csrftoken" in self._cookies else ""
        return {"Accept-Encoding": "gzip", "HX-Request": "true", "Cookie": cookies, "X-CSRFToken": token}


def site(directory: str, standin: StandIn) -> AbstractContextManager[Site]:
    """Return a site that syncs from the stand-in's sheet and leaves Spotify alone."""
    env = {
        "GOOGLE_SHEETS_XLSX_URL": standin.sheet_url,
        "SPOTIFY_API_URL": standin.spotify_api_url,
        "SPOTIFY_TOKEN_URL": standin.spotify_token_url,
        "SPOTIFY_CLIENT_ID": standin.client_id,
        "SPOTIFY_CLIENT_SECRET": standin.client_secret,
        "SPOTIFY_REQUESTS_PER_SYNC": "0",
        "LOG_LEVEL": "WARNING",
    }
    Path(directory).mkdir()
    return Site(directory=Path(directory), workers=2, env=env)


def measure(*, workbook: str, directory: str, clients: int, triggers: int) -> dict[str, Any]:
    """Start small syncs one after the other, then the workbook's with clients that poll, then look at the page."""
    releases = sample_releases(SMALL_SHEET, today=datetime.now(UTC).date())
    with StandIn(releases) as standin, site(directory, standin) as running:
        _warm_up(running.port)
        visitor = Visitor(running.port)
        visitor.ask("GET", CATALOG)
        starts = [_start_and_wait(visitor) for _ in range(triggers)]
        standin.workbook = Path(workbook).read_bytes()
        _checked(visitor.timed("POST", TRIGGER), 202)
        began = perf_counter()
        polls = _poll_until_the_end(running.port, clients)
        return {
            "triggers": starts,
            "polls": [seconds for seconds, _status in polls],
            "failed": sum(status != 200 for _seconds, status in polls),
            "seconds": perf_counter() - began,
            "view": _first_view(Visitor(running.port)),
        }


def _warm_up(port: int) -> None:
    """Let both workers load what they load with their first request; which one answers is chance."""
    for _ in range(WARM_UP):
        Visitor(port).ask("GET", STATUS)


def _start_and_wait(visitor: Visitor) -> float:
    seconds = _checked(visitor.timed("POST", TRIGGER), 202)
    wait_until(lambda: _has_ended(visitor.timed("GET", STATUS)[2]), TIMEOUT_SECONDS)
    return seconds


def _checked(answer: tuple[float, int, Message], expected: int) -> float:
    seconds, status, _headers = answer
    if status != expected:
        raise RuntimeError(f"The site answered {status}, not {expected}.")
    return seconds


def _has_ended(headers: Message) -> bool:
    return "stopPolling" in headers.get("HX-Trigger", "")


def _poll_until_the_end(port: int, clients: int) -> list[tuple[float, int]]:
    with ThreadPoolExecutor(clients) as pool:
        futures = [pool.submit(_polls, Visitor(port)) for _ in range(clients)]
        return [poll for future in futures for poll in future.result()]


def _polls(visitor: Visitor) -> list[tuple[float, int]]:
    polls = []
    while True:
        seconds, status, headers = visitor.timed("GET", STATUS)
        polls.append((seconds, status))
        if _has_ended(headers):
            return polls
        sleep(SECONDS_BETWEEN_POLLS)


# The first view ----------------------------------------------------------------------------


class _Resources(HTMLParser):
    """The addresses of what a browser loads with a page, covers aside."""

    def __init__(self) -> None:
        super().__init__()
        self.urls: list[str] = []
        self._take: dict[str, Callable[[dict[str, str | None]], str | None]] = {
            "link": lambda attributes: attributes.get("href") if _is_loaded(attributes) else None,
            "script": lambda attributes: attributes.get("src"),
        }

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        url = self._take[tag](dict(attrs)) if tag in self._take else None
        if url:
            self.urls.append(url)


def _is_loaded(attributes: dict[str, str | None]) -> bool:
    return bool({"stylesheet", "icon", "preload", "manifest"} & set((attributes.get("rel") or "").split()))


def _first_view(visitor: Visitor) -> dict[str, Any]:
    """Return the bytes of the page and of each file that comes with it, as they are sent."""
    visitor.ask("GET", STATUS)
    page = visitor.ask("GET", CATALOG)
    resources = _Resources()
    resources.feed(_unpacked(page).decode())
    ours = [url for url in dict.fromkeys(resources.urls) if not urlsplit(url).netloc]
    sizes = {"page": len(page[2])} | {url: len(visitor.ask("GET", url)[2]) for url in ours}
    return {"sizes": sizes, "third_parties": len(set(resources.urls)) - len(ours)}


def _unpacked(answer: tuple[int, Message, bytes]) -> bytes:
    return gzip.decompress(answer[2]) if answer[1].get("Content-Encoding") == "gzip" else answer[2]
