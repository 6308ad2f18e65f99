"""Requests to a server whose answers have no end."""

from collections.abc import Iterator
from time import monotonic

import pytest

from catalog.services.network.http_session import HttpSession, TooLate, time_limit
from demo.standin import StandIn
from demo.wire import Drip

TIMEOUT_SECONDS = 10
LIMIT_SECONDS = 0.1


@pytest.fixture
def standin() -> Iterator[StandIn]:
    with StandIn() as standin:
        yield standin


@pytest.mark.parametrize("part", Drip)
def test_an_answer_that_drips_ends_at_the_limit(standin: StandIn, part: Drip) -> None:
    standin.fail_next("/", status=200, body=b"-", drip=part, drip_seconds=0.01)
    began = monotonic()
    with HttpSession() as session, pytest.raises(TooLate), time_limit(LIMIT_SECONDS):
        session.get(standin.url, timeout=TIMEOUT_SECONDS)
    assert LIMIT_SECONDS <= monotonic() - began < TIMEOUT_SECONDS


def test_a_limit_holds_for_its_block_alone(standin: StandIn) -> None:
    with HttpSession() as session:
        with time_limit(0), pytest.raises(TooLate), time_limit(0):
            session.get(standin.url, timeout=TIMEOUT_SECONDS)
        assert session.get(standin.url, timeout=TIMEOUT_SECONDS).status_code == 404


def test_a_failure_within_the_limit_stays_what_it_is(standin: StandIn) -> None:
    standin.fail_next("/", reset=True)
    with HttpSession() as session, pytest.raises(OSError, match="reset") as caught, time_limit(60):
        session.get(standin.url, timeout=TIMEOUT_SECONDS)
    assert not isinstance(caught.value, TooLate)


def test_a_redirect_is_an_answer_like_others_and_its_body_is_left_alone(standin: StandIn) -> None:
    headers = {"Location": "http://[::1"}
    standin.fail_next("/", status=302, headers=headers, body=b"-", drip=Drip.BODY, drip_seconds=1)
    with HttpSession() as session:
        response = session.get(standin.url, timeout=TIMEOUT_SECONDS, stream=True, allow_redirects=False)
        assert response.status_code == 302
        response.close()
    assert len(standin.requests) == 1
