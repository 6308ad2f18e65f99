"""Albums whose rows the curators could complete, as lines that paste into the sheet."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import DurationField, ExpressionWrapper, F, Q, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.utils import dateformat, timezone
from django.views.decorators.http import require_safe

from catalog.feeds.delimited import Cell, tsv_download
from catalog.models import Album
from catalog.vocabulary.dates import DatePrecision
from catalog.vocabulary.sections import tab_year

ALBUMS_AT_ONCE = 2000
DATES_MAY_DIFFER_BY = timedelta(days=7)
# The sheet's own columns come first, in its order: they paste over a row from column A.
SHEET_COLUMNS = (
    *("Artist", "Album", "Release Date", "Length", "Genre / Subgenres", "Vocal Style", "Country / State"),
    *("Bandcamp", "Spotify", "YouTube", "Amazon", "Apple Music"),
)
PLACE_COLUMNS = ("Tab", "Row")
DATE_COLUMNS = ("Spotify's Date", "Days Apart")


@require_safe
def without_spotify(_request: HttpRequest) -> HttpResponseBase:
    """Stream the albums that have no Spotify link."""
    rows = (_sheet_cells(album) for album in _stream(Album.objects.visible().filter(spotify=None)))
    return tsv_download((*SHEET_COLUMNS, *PLACE_COLUMNS), rows, filename=_filename("no-spotify"))


@require_safe
def differing_dates(_request: HttpRequest) -> HttpResponseBase:
    """Stream the albums for which the sheet and Spotify give days that lie more than a week apart."""
    rows = ((*_sheet_cells(album), *_date_cells(album)) for album in _stream(_with_differing_dates()))
    return tsv_download((*SHEET_COLUMNS, *PLACE_COLUMNS, *DATE_COLUMNS), rows, filename=_filename("dates"))


def _with_differing_dates() -> QuerySet[Album]:
    apart = ExpressionWrapper(F("spotify__release_date") - F("release_date"), DurationField())
    known_to_the_day = Album.objects.visible().filter(
        release_precision=DatePrecision.DAY, spotify__release_precision=DatePrecision.DAY
    )
    return known_to_the_day.annotate(apart=apart).filter(
        Q(apart__gt=DATES_MAY_DIFFER_BY) | Q(apart__lt=-DATES_MAY_DIFFER_BY)
    )


def _stream(albums: QuerySet[Album]) -> Iterator[Album]:
    """Load albums a few thousand at a time, in the order in which the sheet lists them."""
    related = albums.select_related("artist", "vocal_style", "spotify").prefetch_related("genres")
    return related.order_by("-tab", "row", "pk").iterator(chunk_size=ALBUMS_AT_ONCE)


def _sheet_cells(album: Album) -> tuple[Cell, ...]:
    return (
        album.artist.name,
        album.title,
        _release_date(album),
        album.format,
        ", ".join(genre.name for genre in album.genres.all()),
        album.vocal_style.name if album.vocal_style else "",
        album.country,
        album.bandcamp_url,
        album.spotify.url if album.spotify else "",
        album.youtube_url,
        album.amazon_url,
        album.apple_music_url,
        album.tab,
        album.row,
    )


def _release_date(album: Album) -> str:
    """Return a day so that the sheet cannot guess another year for it, anything else as it was typed."""
    if album.release_date and album.release_precision == DatePrecision.DAY:
        return album.release_date.isoformat()
    if album.release_date and album.release_precision == DatePrecision.MONTH:
        has_year_of_tab = album.release_date.year == tab_year(album.tab)
        return dateformat.format(album.release_date, "F" if has_year_of_tab else "F Y")
    return album.release_text


def _date_cells(album: Album) -> tuple[Cell, ...]:
    theirs, ours = album.spotify and album.spotify.release_date, album.release_date
    return (theirs.isoformat(), abs((theirs - ours).days)) if theirs and ours else ("", "")


def _filename(name: str) -> str:
    return f"progmetal-{name}-{timezone.localdate().isoformat()}.tsv"
