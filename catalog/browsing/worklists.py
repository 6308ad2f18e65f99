"""Albums whose rows the curators of the sheet could complete."""

from datetime import timedelta

from django.db.models import DurationField, ExpressionWrapper, F, Prefetch, Q

from catalog.models import Album, Genre
from catalog.models.album import AlbumQuerySet
from catalog.vocabulary.dates import DatePrecision
from catalog.vocabulary.links import SHEET_ORDER

# Of an album and of what belongs to it, all that the lines of a worklist say.
COLUMNS = (
    "title",
    "release_date",
    "release_precision",
    "release_text",
    "format",
    "country",
    "tab",
    "row",
    "artist__name",
    "vocal_style__name",
    "spotify__release_date",
    *(service.column for service in SHEET_ORDER),
)
DATES_MAY_DIFFER_BY = timedelta(days=7)


def without_spotify() -> AlbumQuerySet:
    return _in_order_of_the_sheet(Album.objects.visible().filter(spotify=None))


def with_differing_dates() -> AlbumQuerySet:
    """Return the albums for which the sheet and Spotify give days that lie more than a week apart."""
    apart = ExpressionWrapper(F("spotify__release_date") - F("release_date"), DurationField())
    known_to_the_day = Album.objects.visible().filter(
        release_precision=DatePrecision.DAY, spotify__release_precision=DatePrecision.DAY
    )
    differing = known_to_the_day.annotate(apart=apart).filter(
        Q(apart__gt=DATES_MAY_DIFFER_BY) | Q(apart__lt=-DATES_MAY_DIFFER_BY)
    )
    return _in_order_of_the_sheet(differing)


def _in_order_of_the_sheet(albums: AlbumQuerySet) -> AlbumQuerySet:
    # A model is made for each row, so it takes its time with each column. Genres come as a list: asking the
    # relation of each album for them would copy a query each time.
    genres = Prefetch("genres", Genre.objects.only("name"), to_attr="genres_listed")
    return albums.without_genres().prefetch_related(genres).only(*COLUMNS).order_by("-tab", "row", "pk")
