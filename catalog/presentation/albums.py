"""What an album's page says beyond dates and covers."""

from typing import Any

from django.utils import dateformat

from catalog.models import Album, SpotifyAlbum
from catalog.models.album import DatePrecision
from catalog.services.sheet.countries import country_name

DATE_FORMATS = {DatePrecision.DAY: "j M Y", DatePrecision.MONTH: "M Y"}


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
    if spotify.release_date is None:
        return ""
    return dateformat.format(spotify.release_date, DATE_FORMATS.get(DatePrecision(spotify.release_precision), "Y"))
