"""The stand-in limits, delays and fails as Spotify does, when it is told to."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from demo.behaviour import Behaviour, Export
from demo.standin import StandIn
from tests.integration.standin.asking import (
    TIMEOUT_SECONDS,
    Clock,
    album,
    batch,
    first_id,
    get,
)


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


def test_a_fault_may_carry_headers_of_its_own(standin: StandIn, api: requests.Session) -> None:
    standin.fail_next("albums", status=302, headers={"Location": "/elsewhere"})
    response = api.get(f"{standin.url}/v1/albums/x", allow_redirects=False, timeout=TIMEOUT_SECONDS)
    assert (response.status_code, response.headers["Location"]) == (302, "/elsewhere")


def test_pacing_shares_the_time_of_a_run_among_the_albums(standin: StandIn, api: requests.Session) -> None:
    standin.behaviour.pace_seconds = 1
    ids = list(standin.albums)[:20]
    response = batch(api, standin, ids)
    assert response.elapsed.total_seconds() >= 0.75 * len(ids) / len(standin.albums)


def test_pacing_is_no_faster_for_requests_at_once(standin: StandIn, api: requests.Session) -> None:
    standin.behaviour.pace_seconds = 1
    ids = list(standin.albums)[:15]
    with ThreadPoolExecutor() as pool:
        responses = list(pool.map(lambda chosen: batch(api, standin, chosen), (ids[:5], ids[5:10], ids[10:])))
    assert max(response.elapsed.total_seconds() for response in responses) >= 0.75 * len(ids) / len(standin.albums)


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
