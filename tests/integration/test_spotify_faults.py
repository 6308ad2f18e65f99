"""What Spotify can do wrong in a run: words, catalog, logs, and the next run."""

import gzip
import json
import logging
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import Album, SpotifyAlbum, SpotifyPause, SyncOperation
from catalog.services.spotify import client as spotify_client
from catalog.services.spotify import queue
from catalog.services.sync_run import SyncOptions
from demo.standin import StandIn
from demo.wire import Drip
from tests.support.fragments import STATUS, text_of
from tests.support.syncing import invented_releases, run

# A service's faults are the same for any database.
pytestmark = pytest.mark.once

Status, State = SyncOperation.Status, SpotifyAlbum.State
SAVED = "The sheet's data"
MACHINE_WORDS = ("Traceback", "Exception", "Error(", "HTTPConnection", "urllib3", "requests.", "spotipy", "Errno")
UPSTREAM_BODY = "upstream-body-that-nobody-may-read"
RELEASES = 12
FOR_GOOD = 500
NOT_AVAILABLE = "Spotify is not available right now."


@dataclass(frozen=True)
class Fault:
    """A fault that stays, and what visitors read of it."""

    name: str
    path: str
    answer: dict[str, Any]
    title: str = NOT_AVAILABLE
    status: SyncOperation.Status = Status.COMPLETED
    limits: dict[str, Any] = field(default_factory=dict)


UNREACHABLE = "Unable to reach external services."
NESTED = "[" * 100_000
# 62 kB of 64 MB.
BOMB = {"status": 200, "body": gzip.compress(bytes(64_000_000), 9), "headers": {"Content-Encoding": "gzip"}}
DRIPPING = {"status": 200, "drip_seconds": 0.01}
SLOW = {"WHOLE_REQUEST_SECONDS": 0.05}

FAULTS = [
    Fault(
        "a wrong secret",
        "/api/token",
        {"status": 400, "body": '{"error": "invalid_client"}'},
        title="Spotify rejected the credentials.",
        status=Status.FAILED,
    ),
    Fault("no token, but HTML", "/api/token", {"status": 503, "body": UPSTREAM_BODY, "content_type": "text/html"}),
    Fault("a token that is no JSON", "/api/token", {"status": 200, "body": UPSTREAM_BODY}),
    Fault("a token without a token", "/api/token", {"status": 200, "body": "{}"}),
    Fault("a reset token", "/api/token", {"reset": True}, title=UNREACHABLE),
    Fault("401 for ever", "/v1/", {"status": 401}, title="Spotify rejected the credentials.", status=Status.FAILED),
    Fault("403 for everything", "/v1/", {"status": 403}, title="Spotify refused the request."),
    Fault("404 as HTML", "/v1/", {"status": 404, "body": UPSTREAM_BODY, "content_type": "text/html"}),
    Fault("500", "/v1/", {"status": 500}),
    Fault("503 as HTML", "/v1/", {"status": 503, "body": UPSTREAM_BODY, "content_type": "text/html"}),
    Fault("no JSON", "/v1/", {"status": 200, "body": UPSTREAM_BODY}),
    Fault("an error in OAuth's shape", "/v1/", {"status": 500, "body": json.dumps({"error": UPSTREAM_BODY})}),
    Fault("reset", "/v1/", {"reset": True}, title=UNREACHABLE),
    Fault("JSON that is nested too deeply", "/v1/", {"status": 200, "body": NESTED}),
    Fault("a bomb", "/v1/", BOMB),
    Fault("another address", "/v1/", {"status": 302, "headers": {"Location": "http://127.0.0.2:9/"}}),
    Fault("a dripping token", "/api/token", DRIPPING | {"drip": Drip.HEADERS}, title=UNREACHABLE, limits=SLOW),
    *(
        Fault(f"dripping {part}", "/v1/", DRIPPING | {"drip": part}, title=UNREACHABLE, limits=SLOW)
        for part in Drip
    ),
]  # fmt: skip

PASSING = [
    {"status": 401},
    {"status": 429, "retry_after": 1},
    {"status": 500},
    {"status": 502, "body": "<html>", "content_type": "text/html"},
    {"status": 503},
    {"status": 200, "body": "no json"},
    {"status": 500, "body": '{"error": "text"}'},
    {"reset": True},
    {"status": 200, "body": NESTED},
]


@pytest.fixture
def release_count() -> int:
    """Let the stand-in serve a dozen releases only: each test here is a run or three."""
    return RELEASES


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the pauses between tries be as short as the test needs them."""
    monkeypatch.setattr(queue, "RETRY_WAITS_SECONDS", (0.05, 0.05, 0.05))


def heal(standin: StandIn) -> None:
    """Use up all faults that are still to come."""
    for path in ("/api/token", "/v1/"):
        while standin._faults.take(path):
            pass


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_told_keeps_the_sheets_data_and_passes(
    standin: StandIn, client: Client, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    for name, value in fault.limits.items():
        monkeypatch.setattr(spotify_client, name, value)
    standin.fail_next(fault.path, times=FOR_GOOD, **fault.answer)
    operation = run()
    assert operation.status == fault.status
    response = client.get(STATUS)
    assert f'data-state="{"error" if fault.status == Status.FAILED else "warning"}"' in response.content.decode()
    text = text_of(response)
    assert fault.title in text
    assert SAVED in text
    assert not any(word in text for word in (*MACHINE_WORDS, UPSTREAM_BODY, standin.client_secret))
    assert Album.objects.visible().count() == RELEASES
    assert not SpotifyAlbum.objects.filter(state=State.FOUND).exists()

    monkeypatch.undo()
    heal(standin)
    SpotifyAlbum.objects.update(check_after=None)
    assert run().status == Status.COMPLETED
    assert SpotifyAlbum.objects.filter(state=State.FOUND).count() == len(standin.albums)


@pytest.mark.parametrize("releases", [1, 2, RELEASES])
def test_a_sync_without_any_answer_is_no_success_however_little_is_asked(
    standin: StandIn, client: Client, releases: int
) -> None:
    standin.publish([release for release in invented_releases() if release.spotify_id][:releases])
    run(SyncOptions(skip_spotify=True))
    standin.fail_next("/v1/", times=FOR_GOOD, status=500)
    assert run().status == Status.COMPLETED
    response = client.get(STATUS)
    assert "alert-warning" in response.content.decode()
    assert "nothing new, but Spotify gave no answer." in text_of(response)
    assert "Everything was up to date" not in text_of(response)
    assert "Completed with warnings" in text_of(client.get("/catalog/syncs/"))


@pytest.mark.parametrize("path", ["/api/token", "/v1/"])
@pytest.mark.parametrize("answer", PASSING, ids=str)
def test_a_fault_that_passes_is_no_failure(standin: StandIn, path: str, answer: dict[str, Any]) -> None:
    if path == "/api/token" and answer.get("status") == 401:
        answer = {"status": 503}  # For the token 401 means that the secret is wrong.
    standin.fail_next(path, **answer)
    operation = run()
    assert operation.status == Status.COMPLETED
    assert operation.record.notices == []
    assert SpotifyAlbum.objects.filter(state=State.FOUND).count() == len(standin.albums)


def test_a_token_that_expires_in_the_middle_is_renewed(standin: StandIn) -> None:
    standin.publish(invented_releases(40))
    standin.behaviour.development_mode = True
    answer = standin.answer

    def expire_once(request: Any) -> Any:
        if standin.count("/v1/") == 20:
            standin.expire_tokens()
        return answer(request)

    standin.answer = expire_once
    assert run().record.albums_enriched == len(standin.albums)
    assert standin.count("/api/token") >= 2


@pytest.mark.parametrize("seconds", [7200, 10**15])
def test_a_long_limit_ends_the_stage_and_not_the_run(standin: StandIn, client: Client, seconds: int) -> None:
    standin.fail_next("/v1/", status=429, retry_after=seconds)
    assert run().status == Status.COMPLETED
    assert SpotifyPause.objects.in_force(timezone.now()).exists()
    assert "Spotify lets us continue" in text_of(client.get(STATUS))
    assert standin.ignored_retry_after == 0


@pytest.mark.parametrize("level", [logging.INFO, logging.DEBUG])
def test_no_secret_is_in_any_log(
    standin: StandIn, settings: Any, caplog: pytest.LogCaptureFixture, client: Client, level: int
) -> None:
    caplog.set_level(level)
    issued: list[str] = []
    issue = standin._tokens.issue

    def remember() -> str:
        issued.append(issue())
        return issued[-1]

    standin._tokens.issue = remember
    standin.fail_next("/api/token", status=503, body=UPSTREAM_BODY)
    for answer in PASSING:
        standin.fail_next("/v1/", **answer)
    standin.fail_next("/export", status=503)
    run()
    standin.expire_tokens()
    settings.SPOTIFY_CLIENT_SECRET = "hunter2-hunter2"
    SpotifyAlbum.objects.update(check_after=None)
    run()
    shown = client.get(STATUS).content.decode()
    assert issued
    assert caplog.records
    for secret in (*issued, standin.client_secret, "hunter2", "Basic ", "Bearer "):
        assert secret not in caplog.text
        assert secret not in shown
