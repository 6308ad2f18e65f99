"""What Google, or whatever stands at the sheet's address, can do wrong: words, catalog, and the next run."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from catalog.models import Album, SyncOperation
from catalog.services.background import ASIDE
from catalog.services.errors import SheetAddressError
from catalog.services.sheet import download as google_sheets
from catalog.services.sync_manager import SyncManager
from catalog.services.sync_run import SyncOptions
from demo.behaviour import Export
from demo.standin import StandIn
from demo.wire import Drip
from demo.workbook_cells import build_workbook
from tests.support.fragments import STATUS, text_of
from tests.support.site import free_port
from tests.support.syncing import invented_releases, run
from tests.support.waiting import wait_until

# A service's faults are the same for any database.
pytestmark = pytest.mark.once

Status = SyncOperation.Status
WITHOUT_SPOTIFY = SyncOptions(skip_spotify=True)
RELEASES = 12
NOT_CHANGED = "The catalog was not changed."
MACHINE_WORDS = ("Traceback", "Exception", "Error(", "HTTPConnection", "urllib3", "requests.", "zipfile", "Errno")
UPSTREAM_BODY = "upstream-body-that-nobody-may-read"


@dataclass(frozen=True)
class Fault:
    """A fault, how many downloads it costs, and what visitors read of it."""

    name: str
    cause: Callable[[StandIn, Any], None]
    words: tuple[str, ...]
    tries: int = 1
    title: str = "Google Sheets configuration error."
    remedy: str = "GOOGLE_SHEETS_XLSX_URL"
    limits: dict[str, Any] = field(default_factory=dict)


def behave(**values: Any) -> Callable[[StandIn, Any], None]:
    """Let the stand-in behave so for good."""
    return lambda standin, _settings: standin.behaviour.change(values)


def answer(status: int) -> Callable[[StandIn, Any], None]:
    """Let the export answer with a status and a body."""
    return lambda standin, _settings: standin.fail_next("/export", status=status, times=9, body=UPSTREAM_BODY)


def lead_to(url: str) -> Callable[[StandIn, Any], None]:
    """Set another address."""
    return lambda _standin, settings: setattr(settings, "GOOGLE_SHEETS_XLSX_URL", url)


def serve(content: bytes) -> Callable[[StandIn, Any], None]:
    """Let the export hold these bytes."""

    def cause(standin: StandIn, _settings: Any) -> None:
        standin.workbook = content

    return cause


def reset(standin: StandIn, _settings: Any) -> None:
    """Let every connection be reset before an answer."""
    standin.fail_next("/export", reset=True, times=9)


def hang(standin: StandIn, _settings: Any) -> None:
    """Let every answer come too late."""
    standin.fail_next("/export", delay_seconds=0.6, times=9)


def drip(part: str) -> Callable[[StandIn, Any], None]:
    """Let each answer come a byte at a time."""

    def cause(standin: StandIn, _settings: Any) -> None:
        standin.fail_next("/export", status=200, times=9, body=b"PK\x03\x04", drip=part, drip_seconds=0.02)

    return cause


WITHOUT_RELEASES = build_workbook({"Statistics": [("Views of this sheet",), (7,)]})
WITHOUT_ALBUM = build_workbook({"2025 Prog-metal": [("Artist", "Release Date", "Length", "Bandcamp"), ("Ebb",)]})
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)
UNREACHABLE = "Unable to reach external services."
AWAY_AT_ONCE: dict[str, Any] = {
    "title": UNREACHABLE,
    "remedy": "Check GOOGLE_SHEETS_XLSX_URL and",
}
AWAY: dict[str, Any] = AWAY_AT_ONCE | {"tries": 3}
BUSY: dict[str, Any] = {"title": "Google Sheets is not available", "remedy": "Wait a few minutes", "tries": 3}
SLOW: dict[str, Any] = {"limits": {"READ_SECONDS": 0.2}}
SHARE = "anyone with the link can view"

FAULTS = [
    Fault("refused", lambda _s, st: setattr(st, "GOOGLE_SHEETS_XLSX_URL", f"http://127.0.0.1:{free_port()}/x"),
          ("Google Sheets could not be reached.",), tries=0, **AWAY_AT_ONCE),
    Fault("no such host", lead_to("http://no-such-host.invalid/x"), ("could not be reached",), tries=0, **AWAY_AT_ONCE),
    Fault("reset", reset, ("could not be reached",), **AWAY),
    Fault("reset in the download", behave(export=Export.RESET), ("could not be reached",), **AWAY),
    Fault("silent", hang, ("did not answer in time",), **AWAY, **SLOW),
    Fault("slow for ever", behave(export_bytes_per_second=500), ("took too long",), **AWAY,
          limits={"WHOLE_DOWNLOAD_SECONDS": 0.3}),
    *(
        Fault(f"dripping {part}", drip(part), ("took too long",), **AWAY, limits={"WHOLE_DOWNLOAD_SECONDS": 0.1})
        for part in Drip
    ),
    Fault("endless", behave(export=Export.ENDLESS), ("more than 1 MB",), limits={"MAX_BYTES": 1_000_000}),
    Fault("truncated", behave(export=Export.TRUNCATED), ("broke off",), **AWAY),
    Fault("an HTML page", behave(export=Export.HTML), ("not shared publicly",), remedy=SHARE),
    Fault("a sign-in page", behave(export=Export.SIGN_IN), ("not shared publicly",), remedy=SHARE),
    Fault("Google's sign-in", behave(export_redirect="https://accounts.google.com/v3/signin"), ("sign-in page",),
          remedy=SHARE),
    Fault("garbage", behave(export=Export.GARBAGE), ("not with an XLSX workbook",)),
    Fault("nothing at all", serve(b""), ("not with an XLSX workbook",)),
    Fault("a cut workbook", serve(WITHOUT_RELEASES[:900]), ("workbook",)),
    Fault("an encrypted workbook", serve(OLE), ("protected by a password",)),
    Fault("no release tab", serve(WITHOUT_RELEASES), ("no tab with releases",), remedy="“Artist” and “Album”"),
    Fault("no album column", serve(WITHOUT_ALBUM), ("No tab could be read", "“2025 Prog-metal”"), remedy="“Album”"),
    Fault("401", answer(401), ("not shared publicly",), remedy=SHARE),
    Fault("403", answer(403), ("not shared publicly",), remedy=SHARE),
    Fault("404", answer(404), ("There is no sheet at this address.",)),
    Fault("410", answer(410), ("There is no sheet at this address.",)),
    Fault("418", answer(418), ("refused the request",)),
    Fault("429", answer(429), ("too busy",), **BUSY),
    Fault("500", answer(500), ("a fault of its own",), **BUSY),
    Fault("503", answer(503), ("a fault of its own",), **BUSY),
    Fault("a redirect loop", behave(export_redirect="loop"), ("redirects without end",), tries=6),
    Fault("a redirect elsewhere", behave(export_redirect="http://example.org/x"), ("leads to another site",)),
    Fault("a redirect inwards", behave(export_redirect="http://169.254.169.254/x"), ("leads to another site",)),
    Fault("a redirect to a file", behave(export_redirect="file:///etc/passwd"), ("leads to another site",)),
    Fault("a redirect to nonsense", behave(export_redirect="http://[::1"), ("is not a web address",)),
    Fault("a redirect read in two ways", lambda standin, _settings: standin.behaviour.change(
          {"export_redirect": rf"http://127.0.0.2:{free_port()}\@127.0.0.1:{urlsplit(standin.url).port}/x"}),
          ("is not a web address",)),
    Fault("no address", lead_to("my sheet"), ("neither a web address nor a file",), tries=0),
    Fault("an empty address", lead_to(""), ("neither a web address nor a file",), tries=0),
    Fault("an address without a host", lead_to("http:///export"), ("is not a web address",), tries=0),
    Fault("an address with a bad port", lead_to("http://localhost:port/"), ("is not a web address",), tries=0),
    Fault("an address with a bad host", lead_to("http://[::1/"), ("is not a web address",), tries=0),
]  # fmt: skip


@pytest.fixture
def release_count() -> int:
    """Let the stand-in serve a dozen releases only: each test here is a run or three."""
    return RELEASES


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the pauses between tries be as short as the test needs them."""
    monkeypatch.setattr(google_sheets, "PAUSES_BETWEEN_TRIES_SECONDS", (0.01, 0.01))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_told_leaves_the_catalog_alone_and_passes(
    standin: StandIn, settings: Any, monkeypatch: pytest.MonkeyPatch, client: Client, fault: Fault
) -> None:
    run(WITHOUT_SPOTIFY)
    before = list(Album.objects.order_by("pk").values())
    address = settings.GOOGLE_SHEETS_XLSX_URL
    for name, value in fault.limits.items():
        monkeypatch.setattr(google_sheets, name, value)
    standin.forget_requests()
    fault.cause(standin, settings)

    operation = run(WITHOUT_SPOTIFY)
    assert operation.status == Status.FAILED
    text = text_of(client.get(STATUS))
    for words in (fault.title, *fault.words, fault.remedy, NOT_CHANGED):
        assert words in text
    assert not any(word in text for word in (*MACHINE_WORDS, UPSTREAM_BODY))
    assert list(Album.objects.order_by("pk").values()) == before
    # The stand-in notes a request that it kept waiting only when it answers.
    wait_until(lambda: standin.count("/spreadsheets/d/demo/export") == fault.tries)

    settings.GOOGLE_SHEETS_XLSX_URL = address
    monkeypatch.undo()
    heal(standin)
    assert run(WITHOUT_SPOTIFY).status == Status.COMPLETED


def heal(standin: StandIn) -> None:
    """Let the stand-in be well again, with a sheet that has changed meanwhile."""
    while standin._faults.take("/export"):
        pass
    standin.behaviour.change({"export": "workbook", "export_redirect": None, "export_bytes_per_second": None})
    standin.publish(invented_releases(RELEASES + 1))


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_status_that_passes_is_no_failure(standin: StandIn, status: int) -> None:
    standin.fail_next("/export", status=status, times=2)
    assert run(WITHOUT_SPOTIFY).status == Status.COMPLETED
    assert standin.count("/spreadsheets/") == 3


@pytest.mark.parametrize("path", ["/spreadsheets/", "/docs/"])
def test_a_connection_that_breaks_off_twice_is_no_failure(standin: StandIn, path: str) -> None:
    standin.fail_next(path, reset=True, times=2)
    assert run(WITHOUT_SPOTIFY).status == Status.COMPLETED


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:{other}/x",
        "http://127.0.0.1:{other}\\@127.0.0.1:{own}/x",
        "http://127.0.0.1:{own}@127.0.0.1:{other}/x",
        "http://somebody@127.0.0.1:{own}/x",
        "//127.0.0.1:{other}/x",
    ],
)
def test_a_redirect_to_another_service_on_the_same_host_is_not_followed(standin: StandIn, location: str) -> None:
    with StandIn(invented_releases(RELEASES)) as other:
        ports = {"own": urlsplit(standin.url).port, "other": urlsplit(other.url).port}
        standin.fail_next("/export", status=302, headers={"Location": location.format(**ports)})
        assert run(WITHOUT_SPOTIFY).status == Status.FAILED
        assert other.requests == []
    assert standin.count("/x") == 0


def test_the_body_of_a_redirect_is_not_read(standin: StandIn) -> None:
    target = standin.sheet_url.replace("format=xlsx", "again=1")
    standin.fail_next("/export", status=302, headers={"Location": target}, body=b"-", drip="body", drip_seconds=1)
    began = monotonic()
    assert run(WITHOUT_SPOTIFY).status == Status.COMPLETED
    assert monotonic() - began < google_sheets.READ_SECONDS


def test_a_call_that_drips_leaves_no_thread_behind(standin: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(google_sheets, "WHOLE_DOWNLOAD_SECONDS", 0.1)
    drip(Drip.HEADERS)(standin, None)
    assert run(WITHOUT_SPOTIFY).error_title == UNREACHABLE
    wait_until(lambda: not any(thread.name == ASIDE for thread in threading.enumerate()), 2)


def test_a_retry_after_of_thousands_of_digits_is_no_failure(standin: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(google_sheets, "LONGEST_PAUSE_SECONDS", 0.01)
    standin.fail_next("/export", status=429, headers={"Retry-After": "9" * 5000})
    assert run(WITHOUT_SPOTIFY).status == Status.COMPLETED


def test_each_further_try_is_a_step_that_the_run_shows(standin: StandIn) -> None:
    standin.fail_next("/export", status=503, times=2)
    shown: list[str] = []
    operation = SyncManager().create_operation(triggered_by=SyncOperation.Trigger.COMMAND, options=WITHOUT_SPOTIFY)
    SyncManager().run_sync(operation.pk, WITHOUT_SPOTIFY, lambda message, _done, _total: shown.append(message))
    assert shown[:3] == [f"Fetching albums from Google Sheets…{again}" for again in ("", " (try 2)", " (try 3)")]


@pytest.mark.parametrize(
    ("first", "location", "leads_to"),
    [
        ("https://docs.example/a", "/b", "https://docs.example/b"),
        ("https://docs.example/a", "https://docs.example:443/b", "https://docs.example:443/b"),
        ("https://docs.example/a", "https://x.googleusercontent.com/b?c=d", "https://x.googleusercontent.com/b?c=d"),
        ("http://docs.example/a", "https://docs.example/b", "https://docs.example/b"),
        ("https://docs.example/a", "http://docs.example/b", None),
        ("https://docs.example/a", "https://docs.example:8443/b", None),
        ("http://docs.example:81/a", "https://docs.example/b", None),
        ("https://docs.example/a", "https://x.googleusercontent.com:8443/b", None),
        ("https://docs.example/a", "http://x.googleusercontent.com/b", None),
        ("https://docs.example/a", "https://x@docs.example/b", None),
        ("https://docs.example/a", "https://docs.example\t.evil.example/b", None),
        ("https://docs.example/a", "https://evil.example\\.googleusercontent.com/b", None),
    ],
)
def test_a_redirect_is_judged_as_it_will_be_sent(first: str, location: str, leads_to: str | None) -> None:
    def check() -> str:
        return google_sheets._check_redirect(first, location, google_sheets._as_sent(first))

    if leads_to:
        assert check() == leads_to
    else:
        with pytest.raises(SheetAddressError):
            check()


def test_how_long_google_asks_us_to_wait_is_kept(standin: StandIn) -> None:
    standin.fail_next("/export", status=429, retry_after=1)
    assert run(WITHOUT_SPOTIFY).status == Status.COMPLETED
    first, second = (request.at for request in standin.requests if "/spreadsheets/" in request.path)
    assert second - first >= 1
