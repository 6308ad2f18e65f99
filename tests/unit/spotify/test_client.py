"""Reading an album, and a client that is set up wrongly; the protocol is in tests/integration."""

from datetime import date
from typing import Any

import pytest

from catalog.services.errors import SpotifyBadRequest, SpotifyCredentialsMissing, SpotifyCredentialsRejected
from catalog.services.spotify.client import SpotifyClient
from catalog.services.spotify.payload import SpotifyAlbumData, SpotifyTrack, read_album
from tests.support.spotify import make_payload, spotify_id


def make_client(**overrides: Any) -> SpotifyClient:
    values: dict[str, Any] = {
        "client_id": "id",
        "client_secret": "secret",
        "api_url": "https://api.invalid",
        "token_url": "https://accounts.invalid/api/token",
    }
    return SpotifyClient(**values | overrides)


def image(width: object, url: object = None) -> dict[str, object]:
    return {"url": url or f"https://i.scdn.co/image/{width}", "width": width}


def covers(*images: object, **options: str) -> tuple[str, str]:
    album = read_album(make_payload(images=list(images)), **options)
    return album.cover_url, album.cover_small_url


def released(text: object, precision: object) -> tuple[date | None, str]:
    album = read_album(make_payload(release_date=text, release_date_precision=precision))
    return album.release_date, album.release_precision


def test_an_album_is_read_whole() -> None:
    assert read_album(make_payload()) == SpotifyAlbumData(
        name="Salt Meridian",
        artist_name="Lantern Fall",
        cover_url="https://i.scdn.co/image/300",
        cover_small_url="https://i.scdn.co/image/300",
        release_date=date(2025, 11, 21),
        release_precision="day",
        total_tracks=2,
        tracks=(SpotifyTrack("Harbour", 301_000), SpotifyTrack("Ebb", 62_500)),
    )


def test_an_album_of_which_nothing_is_known_is_empty() -> None:
    assert read_album({}) == SpotifyAlbumData()


@pytest.mark.parametrize("nothing", [None, "text", 7, {}, [None, 3, "x"]])
def test_fields_of_a_wrong_kind_are_left_empty(nothing: Any) -> None:
    fields = ("artists", "images", "release_date", "release_date_precision", "tracks")
    album = read_album(dict.fromkeys(fields, nothing))
    assert album == SpotifyAlbumData()


def test_several_artists_are_named_in_order() -> None:
    album = read_album(make_payload(artists=[{"name": "Lantern Fall"}, {"name": ""}, {"name": "Ebb"}]))
    assert album.artist_name == "Lantern Fall, Ebb"


def test_names_fit_their_column_and_hold_no_nul() -> None:
    album = read_album(make_payload(name="a\x00" + "b" * 600))
    assert album.name == "a" + "b" * 499


def test_half_a_character_is_none() -> None:
    tracks = {"items": [{"name": "One\udc00", "duration_ms": 1}]}
    album = read_album(make_payload(name="\ud83dEbb", tracks=tracks))
    assert (album.name, album.tracks) == ("Ebb", (SpotifyTrack("One", 1),))


def test_covers_are_chosen_by_width_not_by_position() -> None:
    assert covers(image(64), image(1000), image(320), image(160)) == (
        "https://i.scdn.co/image/320",
        "https://i.scdn.co/image/160",
    )


def test_the_widest_cover_stands_in_for_one_that_is_wide_enough() -> None:
    assert covers(image(64), image(100)) == ("https://i.scdn.co/image/100", "https://i.scdn.co/image/100")


def test_a_cover_without_a_width_is_better_than_none() -> None:
    assert covers(image(None)) == ("https://i.scdn.co/image/None", "https://i.scdn.co/image/None")
    assert covers() == ("", "")


@pytest.mark.parametrize(
    "url",
    [
        "http://i.scdn.co/x",
        "javascript:alert(1)",
        "https://",
        "https://[",
        "https://example.org/cover.jpg",
        "https://i.scdn.co.example.org/cover.jpg",
        "https://a b",
        "https://a/" + "x" * 500,
        "https://a/\udc00",
    ],
)
def test_addresses_that_a_page_should_not_load_are_dropped(url: str) -> None:
    assert covers(image(300, url), api_origin="http://127.0.0.1:9") == ("", "")


def test_the_api_may_serve_covers_itself() -> None:
    url = "http://127.0.0.1:9/image/300"
    assert covers(image(300, url), api_origin="http://127.0.0.1:9") == (url, url)


@pytest.mark.parametrize(
    ("text", "precision", "expected"),
    [
        ("2025-11-21", "day", (date(2025, 11, 21), "day")),
        ("2025-11", "month", (date(2025, 11, 1), "month")),
        ("2025", "year", (date(2025, 1, 1), "year")),
        ("2025-01-01", "year", (date(2025, 1, 1), "year")),
        ("2025", "day", (date(2025, 1, 1), "year")),
        ("0000", "year", (None, "")),
        ("2025-13", "month", (None, "")),
        ("2025-02-30", "day", (None, "")),
        ("soon", "day", (None, "")),
        ("2025", None, (None, "")),
        (None, "day", (None, "")),
    ],
)
def test_a_date_is_never_more_precise_than_spotify_says(
    text: object, precision: object, expected: tuple[date | None, str]
) -> None:
    assert released(text, precision) == expected


@pytest.mark.parametrize("count", [-1, True, "12", 2**40, None])
def test_a_number_that_is_none_is_left_out(count: object) -> None:
    assert read_album(make_payload(total_tracks=count)).total_tracks is None


@pytest.mark.parametrize("missing", ["client_id", "client_secret"])
def test_empty_credentials_are_named(missing: str) -> None:
    with pytest.raises(SpotifyCredentialsMissing) as caught:
        make_client(**{missing: ""})
    assert "SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET" in caught.value.message()


def test_a_secret_that_cannot_be_one_is_rejected() -> None:
    with pytest.raises(SpotifyCredentialsRejected):
        make_client(client_secret="sécret").album("0" * 22)


def test_what_is_no_album_id_is_refused_without_a_request() -> None:
    client = make_client()
    with pytest.raises(SpotifyBadRequest):
        client.album("no id")
    assert client.requests_sent == 0


def test_more_ids_than_spotify_takes_are_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="20"):
        make_client().albums([spotify_id(number) for number in range(21)])


@pytest.mark.parametrize("url", ["https://api.invalid", "https://api.invalid/", "https://api.invalid/v1/"])
def test_the_address_of_the_api_may_be_written_in_each_usual_way(url: str) -> None:
    assert make_client(api_url=url)._spotify.prefix == "https://api.invalid/v1/"
