"""Players of the services, for pages that load them when a visitor asks and never before."""

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from catalog.models import Album

SPOTIFY_PLAYER = "https://open.spotify.com/embed/album/{id}"
# It takes the address of an album's or a track's page. Dark like Spotify's, in both themes.
BANDCAMP_PLAYER = "https://bandcamp.com/EmbeddedPlayer/url={url}/size=large/bgcol=333333/linkcol=8ecbd8/artwork=small/transparent=true/"
BANDCAMP_PAGES = ("/album/", "/track/")


@dataclass(frozen=True)
class Player:
    """A service's player for one album, and how many pixels it is high."""

    service: str
    url: str
    height: int


def players_for(album: Album) -> list[Player]:
    """Return the players that an album has, in the order of its links."""
    players = []
    if album.spotify_id:
        players.append(Player("Spotify", SPOTIFY_PLAYER.format(id=album.spotify_id), height=352))
    if is_bandcamp_page(album.bandcamp_url):
        url = quote(album.bandcamp_url.split("?")[0].split("#")[0], safe="")
        players.append(Player("Bandcamp", BANDCAMP_PLAYER.format(url=url), height=352))
    return players


def is_bandcamp_page(url: str) -> bool:
    """Tell whether an address is an album's or a track's page on Bandcamp itself.

    Labels have Bandcamp pages under names of their own, which nobody can tell from any other.
    """
    parts = urlsplit(url)
    is_bandcamp = (parts.hostname or "").endswith(".bandcamp.com") and parts.scheme in ("http", "https")
    return is_bandcamp and parts.path.startswith(BANDCAMP_PAGES)
