"""Which albums can be played here, and by what address."""

import pytest

from catalog.models import Album
from catalog.presentation.players import is_bandcamp_page, players_for


@pytest.mark.parametrize(
    ("url", "is_page"),
    [
        ("https://ebb.bandcamp.com/album/salt-meridian", True),
        ("http://ebb.bandcamp.com/track/salt", True),
        ("https://ebb.bandcamp.com/", False),
        ("https://ebb.bandcamp.com/merch", False),
        ("https://bandcamp.com/album/salt", False),
        ("https://label.example/album/salt-meridian", False),
        ("https://bandcamp.com.example/album/salt", False),
        ("https://notbandcamp.com/album/salt", False),
        ("", False),
    ],
)
def test_a_bandcamp_page_is_an_album_or_a_track_on_bandcamp_itself(url: str, is_page: bool) -> None:
    assert is_bandcamp_page(url) is is_page


def test_spotify_is_asked_by_id_and_bandcamp_by_page() -> None:
    album = Album(
        spotify_id="0a1B2c3D4e5F6g7H8i9J0k",
        bandcamp_url="https://ebb.bandcamp.com/album/salt-meridian?from=sheet#lyrics",
    )
    spotify, bandcamp = players_for(album)
    assert spotify.url == "https://open.spotify.com/embed/album/0a1B2c3D4e5F6g7H8i9J0k"
    page = "https%3A%2F%2Febb.bandcamp.com%2Falbum%2Fsalt-meridian"
    assert bandcamp.url.startswith(f"https://bandcamp.com/EmbeddedPlayer/url={page}/size=large/")


def test_an_album_without_either_has_no_player() -> None:
    assert players_for(Album(bandcamp_url="https://label.example/salt")) == []
