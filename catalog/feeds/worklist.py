"""Albums as lines that curators paste into the sheet."""

from collections.abc import Callable, Iterator, Mapping

from django.utils import dateformat

from catalog.feeds.delimited import ALBUMS_AT_ONCE, Cell, tsv_lines
from catalog.models import Album, Genre
from catalog.models.album import AlbumQuerySet
from catalog.vocabulary.dates import DatePrecision
from catalog.vocabulary.links import SHEET_ORDER, Service
from catalog.vocabulary.tabs import tab_year

Columns = Mapping[str, Callable[[Album], Cell]]


def _release_date(album: Album) -> str:
    """Return a day so that the sheet cannot guess another year for it, anything else as it was typed."""
    if album.release_date and album.release_precision == DatePrecision.DAY:
        return album.release_date.isoformat()
    if album.release_date and album.release_precision == DatePrecision.MONTH:
        has_year_of_tab = album.release_date.year == tab_year(album.tab)
        return dateformat.format(album.release_date, "F" if has_year_of_tab else "F Y")
    return album.release_text


def _genres(album: Album) -> str:
    genres: list[Genre] = getattr(album, "genres_listed")  # noqa: B009  (a prefetch puts it there)
    return ", ".join(genre.name for genre in genres)


def _address(service: Service) -> Callable[[Album], Cell]:
    return lambda album: service.page_address(getattr(album, service.column) or "")


def _spotify_date(album: Album) -> Cell:
    return album.spotify.release_date.isoformat() if album.spotify and album.spotify.release_date else ""


def _days_apart(album: Album) -> Cell:
    spotify_date = album.spotify and album.spotify.release_date
    return abs((spotify_date - album.release_date).days) if spotify_date and album.release_date else ""


# The sheet's own columns come first, in its order: they paste over a row from column A.
SHEET_COLUMNS: Columns = {
    "Artist": lambda album: album.artist.name,
    "Album": lambda album: album.title,
    "Release Date": _release_date,
    "Length": lambda album: album.format,
    "Genre / Subgenres": _genres,
    "Vocal Style": lambda album: album.vocal_style.name if album.vocal_style else "",
    "Country / State": lambda album: album.country,
    **{service.name: _address(service) for service in SHEET_ORDER},
    "Tab": lambda album: album.tab,
    "Row": lambda album: album.row,
}
DATE_COLUMNS: Columns = {"Spotify's Date": _spotify_date, "Days Apart": _days_apart}


def lines(albums: AlbumQuerySet, columns: Columns) -> Iterator[str]:
    listed = albums.iterator(chunk_size=ALBUMS_AT_ONCE)
    return tsv_lines(list(columns), ([write(album) for write in columns.values()] for album in listed))
