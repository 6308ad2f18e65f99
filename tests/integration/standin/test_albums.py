"""The stand-in's tokens and albums behave as Spotify's."""

from typing import Any

import pytest
import requests
import spotipy
from spotipy.cache_handler import MemoryCacheHandler
from spotipy.oauth2 import SpotifyClientCredentials

from demo.standin import StandIn
from tests.integration.standin.asking import (
    RELEASES,
    UNKNOWN_ID,
    album,
    ask_for_token,
    batch,
    first_id,
    get,
    token_of,
)


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
