"""An album's page beyond dates and covers."""

from dataclasses import dataclass
from typing import Any

from catalog.models import Album, SpotifyAlbum
from catalog.presentation.dates import date_words
from catalog.vocabulary.countries import country_name
from catalog.vocabulary.links import SERVICES


def total_length(tracks: list[dict[str, Any]]) -> int:
    """Return the length of all tracks in milliseconds; 0 where one is not known."""
    lengths = [track.get("duration_ms") or 0 for track in tracks]
    return sum(lengths) if all(lengths) else 0


def countries(album: Album) -> list[tuple[str, str]]:
    """Return codes and names of an album's countries; a single one has the sheet's own name."""
    codes = album.country_codes.split()
    if len(codes) == 1:
        return [(codes[0], album.country)]
    return [(code, country_name(code)) for code in codes]


@dataclass(frozen=True)
class Player:
    """A service's player, which a page loads only when a visitor asks for it; `height` is in pixels."""

    service: str
    url: str
    height: int = 352


def players_for(album: Album) -> list[Player]:
    values = ((service, getattr(album, service.column) or "") for service in SERVICES.values())
    return [Player(service.name, service.player_address(value)) for service, value in values if service.plays(value)]


def spotify_date(spotify: SpotifyAlbum) -> str:
    return date_words(spotify.release_date, spotify.release_precision) if spotify.release_date else ""
