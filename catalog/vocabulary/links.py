"""The services that albums link to: one row for each."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

BANDCAMP_PAGES = ("/album/", "/track/")


@dataclass(frozen=True)
class Service:
    """Where an album can be heard or bought.

    `key` is the value in query strings; `column` of Album holds an address, or Spotify's id. `page` and `player`
    are templates of addresses; a service without `player` cannot be embedded.
    """

    key: str
    name: str
    column: str
    page: str = "{}"
    player: str = ""
    can_play: Callable[[str], bool] = bool

    @property
    def field(self) -> str:
        return self.column.removesuffix("_id")

    def page_address(self, value: str) -> str:
        return self.page.format(value) if value else ""

    def plays(self, value: str) -> bool:
        return bool(self.player) and self.can_play(value)

    def player_address(self, value: str) -> str:
        return self.player.format(quote(re.split("[?#]", value, maxsplit=1)[0], safe=""))


def is_bandcamp_page(url: str) -> bool:
    """Labels' own domains on Bandcamp cannot be told from any other address."""
    parts = urlsplit(url)
    is_bandcamp = (parts.hostname or "").endswith(".bandcamp.com") and parts.scheme in ("http", "https")
    return is_bandcamp and parts.path.startswith(BANDCAMP_PAGES)


SPOTIFY = Service(
    "spotify",
    "Spotify",
    "spotify_id",
    page="https://open.spotify.com/album/{}",
    player="https://open.spotify.com/embed/album/{}",
)
BANDCAMP = Service(
    "bandcamp",
    "Bandcamp",
    "bandcamp_url",
    # Dark like Spotify's, in both themes.
    player="https://bandcamp.com/EmbeddedPlayer/url={}/size=large/bgcol=333333/linkcol=8ecbd8/artwork=small/transparent=true/",
    can_play=is_bandcamp_page,
)
YOUTUBE = Service("youtube", "YouTube", "youtube_url")
APPLE_MUSIC = Service("apple-music", "Apple Music", "apple_music_url")
AMAZON = Service("amazon", "Amazon", "amazon_url")

# In the order in which an album lists its links, and in that of the sheet's columns.
SERVICES = {service.key: service for service in (SPOTIFY, BANDCAMP, YOUTUBE, APPLE_MUSIC, AMAZON)}
SHEET_ORDER = (BANDCAMP, SPOTIFY, YOUTUBE, AMAZON, APPLE_MUSIC)
