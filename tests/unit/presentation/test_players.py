"""Which albums can be played here, and by what address."""

from catalog.models import Album
from catalog.presentation.albums import players_for


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
