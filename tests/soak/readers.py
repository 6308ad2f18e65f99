"""Readers of a site: they open page after page, poll, and note what they are answered."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from threading import Event
from time import perf_counter

from tests.soak.outcome import Stage
from tests.support.pages import all_addresses
from tests.support.site import Site

TIMEOUT_SECONDS = 30
PAGE_READERS = 2
PAUSE_SECONDS = 0.05
POLL_EVERY_SECONDS = 0.1
POLL_LIMIT_SECONDS = 0.25
POLL = "/catalog/sync/status/"
SERVER_ERROR = 500
MORE = ("/catalog/?q=a", "/catalog/releases/2025-11-21/", "/catalog/doctor/", "/admin/login/")
ALBUMS, RUNS = 3, 2


@dataclass(frozen=True)
class Answer:
    """What a site answered and after how long; the status is 0 where it hung up."""

    address: str
    status: int
    seconds: float

    @property
    def is_good(self) -> bool:
        return 0 < self.status < SERVER_ERROR


@dataclass
class Notes:
    """The answers that readers of one or more sites were given."""

    pages: list[Answer] = field(default_factory=list)
    polls: list[Answer] = field(default_factory=list)

    @property
    def bad(self) -> list[Answer]:
        return [answer for answer in (*self.pages, *self.polls) if not answer.is_good]

    @property
    def slow_polls(self) -> list[Answer]:
        return [answer for answer in self.polls if answer.seconds > POLL_LIMIT_SECONDS]


def ask(site: Site, address: str) -> Answer:
    """Ask for an address on a connection of its own."""
    start = perf_counter()
    connection = HTTPConnection("127.0.0.1", site.port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", address, headers={"HX-Request": "true"} if address == POLL else {})
        response = connection.getresponse()
        response.read()
        status = response.status
    except (OSError, HTTPException):
        status = 0
    finally:
        connection.close()
    return Answer(address, status, perf_counter() - start)


def addresses_of(running: Stage) -> list[str]:
    """Return an address of each kind, of the albums and runs that there are now."""
    albums = running.database.rows(f"SELECT id FROM catalog_album ORDER BY id LIMIT {ALBUMS}")  # noqa: S608
    runs = running.database.rows(f"SELECT id FROM catalog_syncoperation ORDER BY id DESC LIMIT {RUNS}")  # noqa: S608
    return [*all_addresses(albums=[pk for (pk,) in albums], runs=[pk for (pk,) in runs]), *MORE]


@contextmanager
def readers(running: Stage, notes: Notes, *more: Site) -> Iterator[None]:
    """Let readers open pages and poll while the block lasts, at a site and at others on its database."""
    stop = Event()
    sites = (running.site, *more)
    with ThreadPoolExecutor(len(sites) * (PAGE_READERS + 1)) as pool:
        tasks = [pool.submit(_poll, site, notes, stop.wait) for site in sites]
        tasks += [pool.submit(_read, running, site, notes, stop.wait) for site in sites for _ in range(PAGE_READERS)]
        try:
            yield
        finally:
            stop.set()
    for task in tasks:
        task.result()


def _poll(site: Site, notes: Notes, wait: Callable[[float], bool]) -> None:
    while not wait(POLL_EVERY_SECONDS):
        notes.polls.append(ask(site, POLL))


def _read(running: Stage, site: Site, notes: Notes, wait: Callable[[float], bool]) -> None:
    while True:
        for address in addresses_of(running):
            if wait(PAUSE_SECONDS):
                return
            notes.pages.append(ask(site, address))
