"""A running stand-in, and clients of it."""

from collections.abc import Iterator

import pytest
import requests

from demo.standin import StandIn
from tests.integration.standin.asking import RELEASES, Clock, token_of


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
