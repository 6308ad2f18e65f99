"""Albums whose rows the curators of the sheet could complete."""

from datetime import timedelta

from django.db.models import DurationField, ExpressionWrapper, F, Q

from catalog.models import Album
from catalog.models.album import AlbumQuerySet
from catalog.vocabulary.dates import DatePrecision

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
    return albums.for_tiles().order_by("-tab", "row", "pk")
