"""What an album's page says beyond dates and covers."""

from typing import Any

from catalog.models import Album, SpotifyAlbum
from catalog.presentation.dates import date_words
from catalog.vocabulary.countries import country_name


def total_length(tracks: list[dict[str, Any]]) -> int:
    """Add up the lengths of tracks, in milliseconds; 0 where one is not known."""
    lengths = [track.get("duration_ms") or 0 for track in tracks]
    return sum(lengths) if all(lengths) else 0


def countries(album: Album) -> list[tuple[str, str]]:
    """Return the codes and names of an album's countries; one alone goes by what the sheet wrote."""
    codes = album.country_codes.split()
    if len(codes) == 1:
        return [(codes[0], album.country)]
    return [(code, country_name(code)) for code in codes]


def spotify_date(spotify: SpotifyAlbum) -> str:
    """Write Spotify's own release date as precisely as Spotify knows it."""
    return date_words(spotify.release_date, spotify.release_precision) if spotify.release_date else ""
