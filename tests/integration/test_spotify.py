"""The Spotify stage over real sockets: spotipy, tokens, both modes, both limits, faults."""

import gzip
import json
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from socket import socket
from threading import Thread
from typing import Any

import pytest
from django.utils import timezone

from catalog.models.album import SpotifyAlbum
from catalog.models.sync import SpotifyPause
from catalog.services.errors import (
    SpotifyCredentialsRejected,
    SpotifyError,
    SpotifyForbidden,
    SpotifyLimited,
    SpotifyUnavailable,
    SpotifyUnreachable,
    SyncCancelled,
)
from catalog.services.spotify import client as spotify_client
from catalog.services.spotify import enrichment
from catalog.services.spotify.client import SpotifyClient
from catalog.services.spotify.enrichment import EnrichmentResult, enrich
from demo.standin import StandIn
from demo.wire import Drip
from tests.support.spotify import NotingContext, list_albums, make_payload, spotify_id

# The backlog's own queries are tested on both databases in tests/unit/spotify.
pytestmark = pytest.mark.once

State = SpotifyAlbum.State
NESTED = "[" * 100_000
HUGE_NUMBER = "9" * 5000
UNDEFINED = "application/json; charset=undefined"
BOMB: dict[str, Any] = {
    "body": gzip.compress(bytes(64_000_000), 9),
    "headers": {"Content-Encoding": "gzip"},
}


@pytest.fixture
def standin() -> Iterator[StandIn]:
    """A Spotify that knows whatever `albums` holds."""
    with StandIn() as standin:
        yield standin


@pytest.fixture
def client(standin: StandIn) -> SpotifyClient:
    return make_client(standin)


def make_client(standin: StandIn, **overrides: Any) -> SpotifyClient:
    values: dict[str, Any] = {
        "client_id": standin.client_id,
        "client_secret": standin.client_secret,
        "api_url": standin.spotify_api_url,
        "token_url": standin.spotify_token_url,
    }
    return SpotifyClient(**values | overrides)


def offer(standin: StandIn, count: int) -> None:
    """Put albums into the catalog, and let Spotify know them."""
    list_albums(list(range(count)))
    for number in range(count):
        standin.albums[spotify_id(number)] = make_payload(name=f"Album {number}")


def run(
    client: SpotifyClient, context: NotingContext | None = None, *, limit: int = 5000, speed: int = 1
) -> EnrichmentResult:
    """Run the stage as a sync does, and check its progress on the way; `speed` makes its own waits shorter."""
    context = context or NotingContext()
    result = enrich(
        client=client,
        context=context,
        request_limit=limit,
        clock=lambda: time.monotonic() * speed,
        sleep=lambda seconds: time.sleep(seconds / speed),
    )
    context.check_progress()
    return result


@contextmanager
def peak_of_memory() -> Iterator[Callable[[], int]]:
    """Measure the bytes that this process takes at most while the block lasts."""
    tracemalloc.start()
    try:
        yield lambda: tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def connections_of(standin: StandIn) -> set[socket]:
    """Return the connections that clients keep open."""
    assert standin._server
    return standin._server._connections


def states() -> Counter[str]:
    """Count the albums in each state."""
    return Counter(SpotifyAlbum.objects.values_list("state", flat=True))


class TestClient:
    """What the client makes of Spotify's answers."""

    def test_an_album_comes_with_cover_date_and_tracks(self, standin: StandIn, client: SpotifyClient) -> None:
        standin.albums[spotify_id(1)] = make_payload(name="Salt Meridian")
        album = client.album(spotify_id(1))
        assert album is not None
        assert (album.name, album.cover_url) == ("Salt Meridian", "https://i.scdn.co/image/300")
        assert [track.name for track in album.tracks] == ["Harbour", "Ebb"]

    def test_covers_of_the_stand_in_itself_are_taken(self, standin: StandIn, client: SpotifyClient) -> None:
        cover = f"{standin.url}/image/300/x.svg"
        standin.albums[spotify_id(1)] = make_payload(images=[{"url": cover, "width": 300}])
        album = client.album(spotify_id(1))
        assert album is not None
        assert album.cover_url == cover

    def test_an_unknown_id_is_none_alone_and_in_a_batch(self, standin: StandIn, client: SpotifyClient) -> None:
        standin.albums[spotify_id(1)] = make_payload()
        assert client.album(spotify_id(2)) is None
        both = client.albums([spotify_id(1), spotify_id(2)])
        assert both[spotify_id(1)] is not None
        assert both[spotify_id(2)] is None

    def test_development_mode_forbids_the_batch(self, standin: StandIn, client: SpotifyClient) -> None:
        standin.behaviour.development_mode = True
        with pytest.raises(SpotifyForbidden):
            client.albums([spotify_id(1), spotify_id(2)])

    def test_a_wrong_secret_is_rejected_without_repeating_it(self, standin: StandIn) -> None:
        client = make_client(standin, client_secret="hunter2-hunter2")
        with pytest.raises(SpotifyCredentialsRejected) as caught:
            client.album("0" * 22)
        assert "hunter2" not in caught.value.message()
        assert "SPOTIFY_CLIENT_SECRET" in caught.value.message()

    def test_an_expired_token_is_renewed_once(self, standin: StandIn, client: SpotifyClient) -> None:
        standin.albums[spotify_id(1)] = make_payload()
        client.album(spotify_id(1))
        standin.expire_tokens()
        assert client.album(spotify_id(1)) is not None
        assert standin.count("/api/token") == 2
        assert client.requests_sent == 3

    def test_threads_that_meet_an_expired_token_renew_it_together(
        self, standin: StandIn, client: SpotifyClient
    ) -> None:
        standin.albums[spotify_id(1)] = make_payload()
        client.album(spotify_id(1))
        standin.expire_tokens()
        standin.behaviour.delay_seconds = 0.2
        answers: list[object] = []
        threads = [Thread(target=lambda: answers.append(client.album(spotify_id(1)))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(answers) == 4
        assert standin.count("/api/token") == 2

    def test_a_server_that_is_gone_is_unreachable(self, standin: StandIn, client: SpotifyClient) -> None:
        standin.stop()
        with pytest.raises(SpotifyUnreachable):
            client.album(spotify_id(1))

    def test_a_broken_connection_is_unreachable(self, standin: StandIn, client: SpotifyClient) -> None:
        standin.fail_next("/v1/albums", reset=True)
        with pytest.raises(SpotifyUnreachable):
            client.album(spotify_id(1))

    @pytest.mark.parametrize(
        ("fault", "expected"),
        [
            ({"status": 500}, SpotifyUnavailable),
            ({"status": 503, "body": "<html>down</html>", "content_type": "text/html"}, SpotifyUnavailable),
            ({"status": 200, "body": "no json"}, SpotifyUnavailable),
            ({"status": 200, "body": "[1, 2]"}, SpotifyUnavailable),
            ({"status": 404, "body": "<html>?</html>", "content_type": "text/html"}, SpotifyUnavailable),
            ({"status": 403}, SpotifyForbidden),
            ({"status": 502, "body": '{"error": "text"}'}, SpotifyUnavailable),
            ({"status": 429, "body": '{"error": "text"}', "retry_after": 7}, SpotifyLimited),
            ({"status": 429, "body": NESTED, "retry_after": 7}, SpotifyLimited),
            ({"status": 429, "body": "{}", "content_type": UNDEFINED, "retry_after": 7}, SpotifyLimited),
            ({"status": 500, "body": "{}", "content_type": UNDEFINED}, SpotifyUnavailable),
            ({"status": 200, "body": "{}", "content_type": UNDEFINED}, SpotifyUnavailable),
            ({"status": 200, "body": NESTED}, SpotifyUnavailable),
            ({"status": 200, "body": f'{{"name": {HUGE_NUMBER}}}'}, SpotifyUnavailable),
            ({"status": 200, **BOMB}, SpotifyUnavailable),
            ({"status": 500, **BOMB}, SpotifyUnavailable),
            ({"status": 302, "headers": {"Location": "/v1/albums/x"}}, SpotifyUnavailable),
            ({"status": 302, "headers": {"Location": "http://[::1"}}, SpotifyUnavailable),
            ({"status": 304, "headers": {"X-Status": "304"}}, SpotifyUnavailable),
        ],
    )
    def test_each_fault_of_the_api_has_its_error(
        self, standin: StandIn, client: SpotifyClient, fault: dict[str, Any], expected: type[SpotifyError]
    ) -> None:
        standin.fail_next("/v1/albums", **fault)
        with pytest.raises(expected) as caught:
            client.album(spotify_id(1))
        assert "down" not in caught.value.message()
        if isinstance(caught.value, SpotifyLimited):
            assert (caught.value.retry_after_seconds, caught.value.is_quota) == (7, False)

    @pytest.mark.parametrize(
        "fault",
        [
            {"status": 503, "body": "<html>down</html>", "content_type": "text/html"},
            {"status": 200, "body": "no json"},
            {"status": 200, "body": '{"access_token": "half"}'},
            {"status": 200, "body": '{"expires_in": 3600}'},
            {"status": 200, "body": "[]"},
            {"status": 502, "body": "[]"},
            {"status": 200, "body": NESTED},
            {"status": 200, "body": f'{{"access_token": "x", "expires_in": {HUGE_NUMBER}}}'},
            {"status": 200, "body": "{}", "content_type": UNDEFINED},
            {"status": 200, **BOMB},
            {"status": 307, "headers": {"Location": "/api/token"}},
        ],
    )
    def test_a_fault_of_the_token_host_passes(
        self, standin: StandIn, client: SpotifyClient, fault: dict[str, Any]
    ) -> None:
        standin.albums[spotify_id(1)] = make_payload()
        standin.fail_next("/api/token", **fault)
        with pytest.raises(SpotifyUnavailable):
            client.album(spotify_id(1))
        assert client.album(spotify_id(1)) is not None

    def test_a_nested_answer_after_a_renewed_token_has_its_error_too(
        self, standin: StandIn, client: SpotifyClient
    ) -> None:
        standin.fail_next("/v1/albums", status=401)
        standin.fail_next("/v1/albums", status=200, body=NESTED)
        with pytest.raises(SpotifyUnavailable, match="no album"):
            client.album(spotify_id(1))

    @pytest.mark.parametrize("path", ["/v1/albums", "/api/token"])
    def test_a_bomb_takes_no_memory(self, standin: StandIn, client: SpotifyClient, path: str) -> None:
        standin.fail_next(path, status=200, **BOMB)
        with peak_of_memory() as peak, pytest.raises(SpotifyUnavailable, match="more than"):
            client.album(spotify_id(1))
        assert peak() < 4 * spotify_client.MAX_ANSWER_BYTES

    def test_a_whole_batch_of_long_albums_is_far_below_the_limit(self, standin: StandIn, client: SpotifyClient) -> None:
        track = {"name": "A long name of a track " * 4, "duration_ms": 301_000, "available_markets": ["DE"] * 185}
        ids = [spotify_id(number) for number in range(20)]
        for one in ids:
            standin.albums[one] = make_payload(tracks={"items": [track] * 50})
        assert len(json.dumps(make_payload(tracks={"items": [track] * 50}))) * 20 < spotify_client.MAX_ANSWER_BYTES
        assert all(client.albums(ids).values())

    def test_a_body_that_a_redirect_never_ends_is_not_waited_for(
        self, standin: StandIn, client: SpotifyClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(spotify_client, "WHOLE_REQUEST_SECONDS", 0.05)
        standin.fail_next("/v1/albums", status=302, headers={"Location": "/"}, drip=Drip.OPEN_BODY, drip_seconds=0.01)
        with pytest.raises(SpotifyUnreachable):
            client.album(spotify_id(1))

    def test_requests_share_a_connection(self, standin: StandIn, client: SpotifyClient) -> None:
        standin.albums[spotify_id(1)] = make_payload()
        for _ in range(5):
            client.album(spotify_id(1))
        # One for tokens, one for albums.
        assert len(connections_of(standin)) == 2

    def test_nothing_of_an_answer_reaches_the_log(
        self, standin: StandIn, client: SpotifyClient, caplog: pytest.LogCaptureFixture
    ) -> None:
        standin.fail_next("/v1/albums", status=500, body='{"error": {"message": "from upstream"}}')
        with caplog.at_level("DEBUG"), pytest.raises(SpotifyUnavailable):
            client.album(spotify_id(1))
        assert "from upstream" not in caplog.text
        assert "Bearer" not in caplog.text
        assert "Basic" not in caplog.text


@pytest.mark.django_db(transaction=True)
class TestBudget:
    """How many requests the backlog costs."""

    def test_a_thousand_albums_cost_51_requests_in_batches(self, standin: StandIn, client: SpotifyClient) -> None:
        offer(standin, 1000)
        result = run(client)
        assert (result.enriched, result.requests, result.backlog) == (1000, 50, 0)
        assert (standin.count("/api/token"), len(standin.requests)) == (1, 51)

    def test_a_thousand_albums_cost_1002_requests_one_by_one(self, standin: StandIn, client: SpotifyClient) -> None:
        standin.behaviour.development_mode = True
        offer(standin, 1000)
        result = run(client)
        assert (result.enriched, result.requests, result.backlog) == (1000, 1001, 0)
        assert len(standin.requests) == 1002

    def test_the_limit_of_a_run_is_kept_and_the_next_run_goes_on(self, standin: StandIn, client: SpotifyClient) -> None:
        standin.behaviour.development_mode = True
        offer(standin, 60)
        context = NotingContext()
        first = run(client, context, limit=25)
        assert (first.enriched, first.requests, first.backlog) == (24, 25, 36)
        assert context.reports[-1] == (24, 24, "Enriching with Spotify metadata… 24 of 24")
        assert run(client, limit=40).backlog == 0

    def test_a_refused_token_costs_no_album(self, standin: StandIn, client: SpotifyClient) -> None:
        offer(standin, 100)
        standin.fail_next("/v1/albums/", status=401)
        result = run(client)
        assert (result.enriched, result.failed) == (100, 0)
        assert standin.count("/api/token") == 2


@pytest.mark.django_db(transaction=True)
class TestLimits:
    """Both of Spotify's 429s."""

    def test_a_short_limit_is_found_and_kept_without_a_failed_album(
        self, standin: StandIn, client: SpotifyClient
    ) -> None:
        standin.behaviour.development_mode = True
        standin.behaviour.requests_per_second = 20
        standin.behaviour.window_seconds = 1
        offer(standin, 80)
        result = run(client)
        assert (result.enriched, result.failed, result.backlog) == (80, 0, 0)
        assert any(request.status == 429 for request in standin.requests)
        assert standin.ignored_retry_after == 0

    def test_a_used_up_quota_ends_the_stage_and_keeps_later_runs_away(
        self, standin: StandIn, client: SpotifyClient
    ) -> None:
        standin.behaviour.development_mode = True
        standin.behaviour.quota_calls = 30
        offer(standin, 60)
        result = run(client)
        pause = SpotifyPause.objects.get()
        assert result.error is None
        assert result.paused_until == pause.until
        assert pause.reason == SpotifyPause.Reason.QUOTA
        assert pause.until > timezone.now() + timedelta(seconds=standin.behaviour.quota_retry_after_seconds)
        assert result.enriched + result.backlog == 60
        assert 25 <= result.enriched <= 30

        standin.forget_requests()
        again = run(make_client(standin))
        assert (again.paused_until, again.requests) == (pause.until, 0)
        assert standin.requests == []

    def test_the_run_goes_on_when_the_pause_is_over(self, standin: StandIn, client: SpotifyClient) -> None:
        offer(standin, 3)
        SpotifyPause.objects.create(until=timezone.now() - timedelta(seconds=1), reason=SpotifyPause.Reason.QUOTA)
        assert run(client).enriched == 3


@pytest.mark.django_db(transaction=True)
class TestFaults:
    """What goes wrong, and what it costs."""

    @pytest.mark.parametrize("fault", [{"status": 500}, {"status": 503}, {"reset": True}])
    def test_a_passing_fault_fails_no_album(
        self, standin: StandIn, client: SpotifyClient, fault: dict[str, Any]
    ) -> None:
        offer(standin, 40)
        standin.fail_next("/v1/albums", times=2, **fault)
        result = run(client, speed=10)
        assert (result.enriched, result.failed, result.error) == (40, 0, None)

    def test_a_refused_batch_is_read_one_by_one(self, standin: StandIn, client: SpotifyClient) -> None:
        offer(standin, 30)
        del standin.albums[spotify_id(3)]
        standin.fail_next("/v1/albums", status=400)
        result = run(client)
        assert (result.enriched, result.missing, result.failed) == (29, 1, 0)

    def test_wrong_credentials_end_the_stage_and_keep_the_backlog(self, standin: StandIn) -> None:
        offer(standin, 40)
        result = run(make_client(standin, client_secret="wrong"))
        assert isinstance(result.error, SpotifyCredentialsRejected)
        assert (result.backlog, result.failed, result.requests) == (40, 0, 0)
        assert states() == {State.UNCHECKED: 40}

    def test_a_token_host_that_is_down_is_no_albums_fault(self, standin: StandIn, client: SpotifyClient) -> None:
        offer(standin, 1)
        standin.fail_next("/api/token", status=503, body="<html>down</html>", content_type="text/html", times=99)
        result = run(client, speed=10)
        assert isinstance(result.error, SpotifyUnavailable)
        assert (result.backlog, result.failed, result.requests) == (1, 0, 0)

    def test_a_cancelled_run_writes_nothing_more(
        self, standin: StandIn, client: SpotifyClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(enrichment, "SAVE_EVERY_SECONDS", 60)
        offer(standin, 40)
        context = NotingContext()

        def cancel_after_the_first_answer() -> None:
            if context.reports[-1][0]:
                raise SyncCancelled

        context.on_tick = cancel_after_the_first_answer
        with pytest.raises(SyncCancelled):
            run(client, context)
        assert context.reports[-1][0] == 20
        assert states() == {State.UNCHECKED: 40}
