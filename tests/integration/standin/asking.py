"""Ask the stand-in, as a client of the two services would."""

from datetime import date
from typing import Any

import requests

from demo.sample import sample_releases
from demo.standin import StandIn

RELEASES = sample_releases(60, today=date(2026, 11, 22))
TIMEOUT_SECONDS = 10
UNKNOWN_ID = "0" * 22


class Clock:
    """A clock that the test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


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
