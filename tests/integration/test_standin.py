"""The stand-in behaves as the two services do, over real sockets."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import requests
import spotipy
from spotipy.cache_handler import MemoryCacheHandler
from spotipy.oauth2 import SpotifyClientCredentials

from catalog.demo.behaviour import Behaviour, Export
from catalog.demo.sample import sample_releases
from catalog.demo.standin import StandIn

RELEASES = sample_releases(60, today=date(2026, 11, 22))
ROOT = Path(__file__).resolve().parents[2]
TIMEOUT_SECONDS = 10
UNKNOWN_ID = "0" * 22


class Clock:
    """A clock that the test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def standin(clock: Clock) -> Iterator[StandIn]:
    with StandIn(RELEASES, clock=clock) as running:
        yield running


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as own:
        own.trust_env = False
        yield own


@pytest.fixture
def api(standin: StandIn, session: requests.Session) -> requests.Session:
    session.headers["Authorization"] = f"Bearer {token_of(standin, session)}"
    return session


def token_of(standin: StandIn, session: requests.Session) -> str:
    return ask_for_token(standin, session, standin.client_secret).json()["access_token"]


def ask_for_token(standin: StandIn, session: requests.Session, secret: str, **form: str) -> requests.Response:
    return session.post(
        standin.spotify_token_url,
        data=form or {"grant_type": "client_credentials"},
        auth=(standin.client_id, secret),
        timeout=TIMEOUT_SECONDS,
    )


def get(session: requests.Session, url: str, **options: Any) -> requests.Response:
    return session.get(url, timeout=TIMEOUT_SECONDS, **options)


def album(session: requests.Session, standin: StandIn, album_id: str | None = None) -> requests.Response:
    return get(session, f"{standin.url}/v1/albums/{album_id or first_id(standin)}")


def batch(session: requests.Session, standin: StandIn, ids: list[str]) -> requests.Response:
    return get(session, f"{standin.url}/v1/albums/", params={"ids": ",".join(ids)})


def first_id(standin: StandIn) -> str:
    return next(iter(standin.albums))


# The export --------------------------------------------------------------------------------


def test_the_export_redirects_to_a_chunked_workbook(standin: StandIn, session: requests.Session) -> None:
    response = get(session, standin.sheet_url)
    assert response.content == standin.workbook
    assert response.content.startswith(b"PK\x03\x04")
    assert response.history[0].status_code == 307
    assert response.headers["Transfer-Encoding"] == "chunked"
    assert "Content-Length" not in response.headers
    assert "ETag" not in response.headers


def test_a_sheet_that_is_not_shared_answers_with_a_sign_in_page(standin: StandIn, session: requests.Session) -> None:
    standin.behaviour.export = Export.SIGN_IN
    response = get(session, standin.sheet_url)
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/html")
    assert "/signin/" in response.url
    assert "Sign in" in response.text


@pytest.mark.parametrize("status", [401, 404, 429, 500, 503])
def test_the_export_can_fail_with_a_status(standin: StandIn, session: requests.Session, status: int) -> None:
    standin.behaviour.export_status = status
    assert get(session, standin.sheet_url).status_code == status


def test_the_export_can_be_a_web_page(standin: StandIn, session: requests.Session) -> None:
    standin.behaviour.export = Export.HTML
    response = get(session, standin.sheet_url)
    assert (response.status_code, response.text[:9]) == (200, "<!doctype")


def test_the_export_can_be_no_workbook(standin: StandIn, session: requests.Session) -> None:
    standin.behaviour.export = Export.GARBAGE
    response = get(session, standin.sheet_url)
    assert response.status_code == 200
    assert not response.content.startswith(b"PK")


def test_the_export_can_break_off(standin: StandIn, session: requests.Session) -> None:
    standin.behaviour.export = Export.TRUNCATED
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        get(session, standin.sheet_url)


def test_the_export_can_be_reset(standin: StandIn, session: requests.Session) -> None:
    standin.behaviour.export = Export.RESET
    with pytest.raises(requests.exceptions.ConnectionError, match="reset"):
        get(session, standin.sheet_url)


def test_the_export_can_go_on_for_ever(standin: StandIn, session: requests.Session) -> None:
    standin.behaviour.export = Export.ENDLESS
    received = 0
    with get(session, standin.sheet_url, stream=True) as response:
        for piece in response.iter_content(65_536):
            received += len(piece)
            if received > 20 * len(standin.workbook):
                break
    assert received > 20 * len(standin.workbook)


def test_the_export_can_be_slow(standin: StandIn, session: requests.Session) -> None:
    standin.behaviour.export_bytes_per_second = len(standin.workbook) * 5
    response = get(session, standin.sheet_url)
    assert response.elapsed.total_seconds() < 1  # The headers come at once.
    assert response.content == standin.workbook


def test_redirects_can_loop(standin: StandIn, session: requests.Session) -> None:
    standin.behaviour.export_redirect = "loop"
    with pytest.raises(requests.exceptions.TooManyRedirects):
        get(session, standin.sheet_url)


def test_redirects_can_lead_elsewhere(standin: StandIn, session: requests.Session) -> None:
    standin.behaviour.export_redirect = "http://192.0.2.1/elsewhere"
    response = get(session, standin.sheet_url, allow_redirects=False)
    assert response.headers["Location"] == "http://192.0.2.1/elsewhere"


def test_the_workbook_can_be_replaced(standin: StandIn, session: requests.Session) -> None:
    standin.workbook = b"PK\x03\x04 another"
    assert get(session, standin.sheet_url).content == b"PK\x03\x04 another"


# Tokens ------------------------------------------------------------------------------------


def test_the_right_secret_gets_a_token(standin: StandIn, session: requests.Session) -> None:
    token = ask_for_token(standin, session, standin.client_secret).json()
    assert (token["token_type"], token["expires_in"]) == ("Bearer", 3600)


def test_a_wrong_secret_gets_an_oauth_error(standin: StandIn, session: requests.Session) -> None:
    response = ask_for_token(standin, session, "wrong")
    assert response.status_code == 400
    assert response.json() == {"error": "invalid_client", "error_description": "Invalid client secret"}


def test_another_grant_type_is_refused(standin: StandIn, session: requests.Session) -> None:
    response = ask_for_token(standin, session, standin.client_secret, grant_type="password")
    assert (response.status_code, response.json()["error"]) == (400, "unsupported_grant_type")


def test_the_token_host_can_be_down_with_a_web_page(standin: StandIn, session: requests.Session) -> None:
    standin.fail_next("token", status=503)
    response = ask_for_token(standin, session, standin.client_secret)
    assert response.status_code == 503
    assert response.text.startswith("<!doctype html>")


def test_without_a_token_there_is_no_album(standin: StandIn, session: requests.Session) -> None:
    assert album(session, standin).json()["error"]["status"] == 401


def test_expired_tokens_are_refused_until_a_new_one_is_fetched(standin: StandIn, api: requests.Session) -> None:
    standin.expire_tokens()
    assert album(api, standin).status_code == 401
    del api.headers["Authorization"]
    api.headers["Authorization"] = f"Bearer {token_of(standin, api)}"
    assert album(api, standin).status_code == 200


# Albums ------------------------------------------------------------------------------------


def test_an_album_has_the_shape_of_the_web_api(standin: StandIn, api: requests.Session) -> None:
    release = next(release for release in RELEASES if release.spotify_id and release.released)
    payload = album(api, standin, release.spotify_id).json()
    assert payload["name"] == release.title
    assert payload["artists"][0]["name"] == release.artist
    assert (payload["release_date"], payload["release_date_precision"]) == (str(release.released), "day")
    assert [image["width"] for image in payload["images"]] == [640, 300, 64]
    assert payload["total_tracks"] == len(payload["tracks"]["items"]) == len(release.tracks)
    assert payload["tracks"]["items"][0]["duration_ms"] == release.tracks[0][1]
    assert payload["genres"] == []
    assert payload.keys().isdisjoint({"label", "popularity", "available_markets"})


def test_a_batch_keeps_the_order_and_puts_null_for_the_unknown(standin: StandIn, api: requests.Session) -> None:
    ids = [*list(standin.albums)[:19], UNKNOWN_ID]
    albums = batch(api, standin, ids).json()["albums"]
    assert [entry["id"] for entry in albums[:19]] == ids[:19]
    assert albums[19] is None


def test_the_batch_works_without_the_slash_too(standin: StandIn, api: requests.Session) -> None:
    response = get(api, f"{standin.url}/v1/albums", params={"ids": first_id(standin)})
    assert len(response.json()["albums"]) == 1


def test_a_batch_of_more_than_twenty_is_refused(standin: StandIn, api: requests.Session) -> None:
    assert batch(api, standin, [UNKNOWN_ID] * 21).status_code == 400


def test_an_unknown_album_is_404(standin: StandIn, api: requests.Session) -> None:
    response = album(api, standin, UNKNOWN_ID)
    assert response.status_code == 404
    assert response.json() == {"error": {"status": 404, "message": "Resource not found"}}


@pytest.mark.parametrize("album_id", ["short", "0" * 23, "_" * 22])
def test_an_id_that_is_none_is_400(standin: StandIn, api: requests.Session, album_id: str) -> None:
    assert album(api, standin, album_id).status_code == 400
    assert batch(api, standin, [album_id]).status_code == 400


def test_development_mode_refuses_the_batch_alone(standin: StandIn, api: requests.Session) -> None:
    standin.behaviour.development_mode = True
    assert batch(api, standin, [first_id(standin)]).json()["error"]["status"] == 403
    assert album(api, standin).status_code == 200


def test_payloads_can_be_changed(standin: StandIn, api: requests.Session) -> None:
    album_id = first_id(standin)
    changes = {"images": [], "name": "", "release_date": "2024", "release_date_precision": "year"}
    standin.albums[album_id] = standin.payload(album_id) | changes
    payload = album(api, standin, album_id).json()
    assert changes.items() <= payload.items()


def test_covers_are_drawn(standin: StandIn, api: requests.Session) -> None:
    url = album(api, standin).json()["images"][1]["url"]
    response = get(api, url)
    assert response.headers["Content-Type"] == "image/svg+xml"
    assert response.text.startswith("<svg")
    assert get(api, url.replace("/300/", "/301/")).status_code == 404


def test_spotipy_understands_all_of_it(standin: StandIn, session: requests.Session) -> None:
    class Credentials(SpotifyClientCredentials):
        OAUTH_TOKEN_URL = standin.spotify_token_url

    shared: Any = session  # spotipy takes a session, though its annotation says bool.
    credentials = Credentials(
        standin.client_id,
        standin.client_secret,
        cache_handler=MemoryCacheHandler(),
        requests_session=shared,
    )
    client = spotipy.Spotify(auth_manager=credentials, requests_session=shared)
    client.prefix = f"{standin.spotify_api_url}/v1/"
    answer = client.albums(list(standin.albums)[:3])
    assert answer is not None
    assert [entry["id"] for entry in answer["albums"]] == list(standin.albums)[:3]


# Limits ------------------------------------------------------------------------------------


def test_above_the_rate_the_answer_says_how_long_to_wait(standin: StandIn, api: requests.Session, clock: Clock) -> None:
    standin.behaviour = Behaviour(requests_per_second=1, window_seconds=3)
    assert [album(api, standin).status_code for _ in range(4)] == [200, 200, 200, 429]
    clock.now += 3
    assert album(api, standin).status_code == 200
    assert standin.ignored_retry_after == 0


def test_calling_before_retry_after_has_passed_is_noticed(
    standin: StandIn, api: requests.Session, clock: Clock
) -> None:
    standin.fail_next("albums", status=429, retry_after=5)
    assert album(api, standin).headers["Retry-After"] == "5"
    clock.now += 4
    album(api, standin)
    assert standin.ignored_retry_after == 1


def test_a_used_up_quota_says_so_and_asks_for_hours(standin: StandIn, api: requests.Session) -> None:
    standin.behaviour.quota_calls = 2
    assert [album(api, standin).status_code for _ in range(2)] == [200, 200]
    response = album(api, standin)
    assert response.status_code == 429
    assert response.json()["error"]["reason"] == "QUOTA_EXCEEDED"
    assert response.headers["Retry-After"] == "48925"


# Faults ------------------------------------------------------------------------------------


def test_a_fault_passes(standin: StandIn, api: requests.Session) -> None:
    standin.fail_next("albums", status=503, times=2)
    assert [album(api, standin).status_code for _ in range(3)] == [503, 503, 200]


@pytest.mark.parametrize("body", ["this is no JSON", '{"error": "text"}'])
def test_an_answer_can_be_any_text(standin: StandIn, api: requests.Session, body: str) -> None:
    standin.fail_next("albums", status=200, body=body)
    assert album(api, standin).text == body


def test_an_answer_can_be_late(standin: StandIn, api: requests.Session) -> None:
    standin.fail_next("albums", delay_seconds=TIMEOUT_SECONDS)
    with pytest.raises(requests.exceptions.ReadTimeout):
        api.get(f"{standin.url}/v1/albums/{first_id(standin)}", timeout=0.1)


def test_a_connection_can_be_reset(standin: StandIn, api: requests.Session) -> None:
    standin.fail_next("albums", reset=True)
    with pytest.raises(requests.exceptions.ConnectionError):
        album(api, standin)
    assert album(api, standin).status_code == 200


def test_a_stopped_stand_in_refuses_and_comes_back_on_its_port(standin: StandIn, session: requests.Session) -> None:
    get(session, standin.sheet_url)
    standin.stop()
    with pytest.raises(requests.exceptions.ConnectionError):
        get(session, standin.sheet_url)
    url = standin.sheet_url
    standin.start()
    assert standin.sheet_url == url
    assert get(session, url).status_code == 200


def test_a_client_that_hangs_up_leaves_no_trace(
    standin: StandIn, session: requests.Session, capfd: pytest.CaptureFixture[str]
) -> None:
    standin.behaviour.export = Export.ENDLESS
    get(session, standin.sheet_url, stream=True).close()
    standin.stop()
    assert capfd.readouterr().err == ""


# The log and the control door --------------------------------------------------------------


def test_requests_are_logged_with_their_answers(standin: StandIn, api: requests.Session, clock: Clock) -> None:
    clock.now = 7
    batch(api, standin, [UNKNOWN_ID])
    entry = standin.requests[-1]
    assert (entry.method, entry.path, entry.status, entry.at) == ("GET", "/v1/albums/", 200, 7)
    assert entry.query == f"ids={UNKNOWN_ID}"
    assert (standin.count("/v1/albums"), standin.count("/api/token")) == (1, 1)


def test_one_connection_serves_many_requests(standin: StandIn, api: requests.Session) -> None:
    with get(api, f"{standin.url}/v1/albums/{first_id(standin)}", stream=True) as response:
        assert response.raw.version == 11
        assert response.headers.get("Connection") != "close"


def test_another_process_can_change_the_behaviour(standin: StandIn, session: requests.Session) -> None:
    url = f"{standin.url}/_standin/behaviour"
    changed = session.post(url, json={"export": "html", "pace_seconds": 0.5}, timeout=TIMEOUT_SECONDS)
    assert changed.status_code == 200
    assert standin.behaviour == Behaviour(export=Export.HTML, pace_seconds=0.5)
    refused = session.post(url, json={"exprot": "html"}, timeout=TIMEOUT_SECONDS)
    assert (refused.status_code, "exprot" in refused.text) == (400, True)


def test_another_process_can_bring_a_fault_and_a_workbook(standin: StandIn, session: requests.Session) -> None:
    door = f"{standin.url}/_standin"
    session.post(f"{door}/fail_next", json={"path": "export", "status": 500}, timeout=TIMEOUT_SECONDS)
    session.post(f"{door}/workbook", data=b"PK\x03\x04 new", timeout=TIMEOUT_SECONDS)
    assert get(session, standin.sheet_url).status_code == 500
    assert get(session, standin.sheet_url).content == b"PK\x03\x04 new"


def test_another_process_can_read_the_log(standin: StandIn, session: requests.Session) -> None:
    get(session, standin.sheet_url)
    log = get(session, f"{standin.url}/_standin/requests").json()
    assert [entry["status"] for entry in log["requests"]] == [307, 200]
    assert log["ignored_retry_after"] == 0


# As a process of its own -------------------------------------------------------------------


def test_the_process_tells_its_addresses_and_ends_with_its_input(session: requests.Session) -> None:
    command = [sys.executable, "-m", "catalog.demo", "--albums", "5"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        addresses = json.loads(process.stdout.readline())
        assert get(session, addresses["GOOGLE_SHEETS_XLSX_URL"]).status_code == 200
        process.stdin.close()
        assert process.wait(TIMEOUT_SECONDS) == 0


def test_the_process_ends_with_a_parent_that_is_killed(session: requests.Session) -> None:
    script = """if True:
        import sys
        from pathlib import Path
        from catalog.demo.launch import start_standin
        print(start_standin(folder=Path.cwd(), albums=5, port=0)["GOOGLE_SHEETS_XLSX_URL"], flush=True)
        sys.stdin.read()
    """
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        address = parent.stdout.readline().decode().strip()
        assert get(session, address).status_code == 200
        parent.kill()
    assert becomes_unreachable(address)


def becomes_unreachable(address: str) -> bool:
    """Ask again and again until nobody answers."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        try:
            requests.get(address, timeout=TIMEOUT_SECONDS)
        except requests.exceptions.ConnectionError:
            return True
    return False


def test_a_taken_port_is_said_in_a_sentence(standin: StandIn) -> None:
    port = standin.url.rpartition(":")[2]
    command = [sys.executable, "manage.py", "demo", "--port", port]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"Port {port} is taken by another program. Choose another one with --port." in done.stderr
    assert "Traceback" not in done.stderr


def test_pacing_shares_the_time_of_a_run_among_the_albums(standin: StandIn, api: requests.Session) -> None:
    standin.behaviour.pace_seconds = 1
    ids = list(standin.albums)[:20]
    response = batch(api, standin, ids)
    assert response.elapsed.total_seconds() >= 0.8 * len(ids) / len(standin.albums)
