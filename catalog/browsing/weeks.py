"""Releases by week.

Four of five releases come out on a Friday, so a week runs from Saturday to Friday.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from operator import attrgetter

from django.db.models import BooleanField, Count, ExpressionWrapper, Q, Window, prefetch_related_objects
from django.db.models.functions import RowNumber
from django.urls import reverse
from django.utils import timezone

from catalog.models import Album, SyncRecord
from catalog.models.album import AlbumQuerySet, genres_in_order
from catalog.vocabulary.dates import DatePrecision

FRIDAY = 4
WEEK = timedelta(weeks=1)
WEEKS_AHEAD = 8
MOST_SHOWN = 60
# Wider than any release needs, and far enough from the limits of `date` to calculate with.
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)


@dataclass(frozen=True, order=True)
class Week:
    friday: date

    @classmethod
    def of(cls, day: date) -> "Week":
        return cls(day + timedelta(days=(FRIDAY - day.weekday()) % 7))

    @classmethod
    def current(cls) -> "Week":
        return cls.of(timezone.localdate())

    @property
    def saturday(self) -> date:
        return self.friday - timedelta(days=6)

    @property
    def previous(self) -> "Week":
        return Week(self.friday - WEEK)

    @property
    def next(self) -> "Week":
        return Week(self.friday + WEEK)

    def get_absolute_url(self) -> str:
        return reverse("catalog:releases_week", args=(self.friday.isoformat(),))


@dataclass(frozen=True)
class SomeTime:
    """The first releases of a month or year of which the day is not known, and how many more there are."""

    albums: tuple[Album, ...]
    more: int


@dataclass(frozen=True)
class WeekReleases:
    week: Week
    days: tuple[tuple[date, tuple[Album, ...]], ...]
    late: tuple[Album, ...]
    in_month: SomeTime
    in_year: SomeTime
    ahead: tuple[tuple[Week, int], ...]
    nearest_before: Week | None = None
    nearest_after: Week | None = None

    @property
    def total(self) -> int:
        return sum(len(albums) for _day, albums in self.days)


def releases_of(week: Week) -> WeekReleases:
    """Load a week in six queries, or eight where it has no releases."""
    dated = list(_on_days().filter(sort_date__range=(week.saturday, week.friday)).without_genres().newest_first())
    late = list(_late_additions(week).without_genres()[:MOST_SHOWN])
    some_time = list(_some_time(week).without_genres())
    prefetch_related_objects([*dated, *late, *some_time], genres_in_order())
    before, after = (None, None) if dated else _nearest(week)
    return WeekReleases(
        week=week,
        days=tuple((day, tuple(albums)) for day, albums in groupby(dated, key=attrgetter("sort_date"))),
        late=tuple(late),
        in_month=_shown(album for album in some_time if album.release_precision == DatePrecision.MONTH),
        in_year=_shown(album for album in some_time if album.release_precision != DatePrecision.MONTH),
        ahead=_ahead(week),
        nearest_before=before,
        nearest_after=after,
    )


def _on_days() -> AlbumQuerySet:
    return Album.objects.visible().filter(release_precision=DatePrecision.DAY)


def _late_additions(week: Week) -> AlbumQuerySet:
    """Return earlier releases that the sheet listed in this week, but for those of the first run, which were all."""
    runs = SyncRecord.objects.filter(success=True).order_by("sync_timestamp")
    first_run = runs.values_list("sync_timestamp", flat=True).first()
    start, end = _midnight(week.saturday), _midnight(week.next.saturday)
    if first_run is None or first_run >= end:
        return Album.objects.none()
    added = Album.objects.visible().filter(imported_at__gt=max(start, first_run), imported_at__lt=end)
    return added.filter(sort_date__lt=week.saturday).newest_first()


def _some_time(week: Week) -> AlbumQuerySet:
    """Return what has no day, the first titles of the month and of the year; their first day is the `sort_date`.

    `listed` counts all of the month, or of the year.
    """
    month, year = week.friday.replace(day=1), week.friday.replace(month=1, day=1)
    in_month = Q(sort_date=month, release_precision=DatePrecision.MONTH)
    in_year = Q(sort_date=year, release_precision__in=(DatePrecision.YEAR, DatePrecision.UNKNOWN))
    albums = Album.objects.visible().filter(in_month | in_year, sort_date__in=(month, year))
    is_month = ExpressionWrapper(Q(release_precision=DatePrecision.MONTH), output_field=BooleanField())
    return (
        albums.annotate(
            listed=Window(Count("pk"), partition_by=is_month),
            place=Window(RowNumber(), partition_by=is_month, order_by=("title_key", "pk")),
        )
        .filter(place__lte=MOST_SHOWN)
        .order_by("title_key", "pk")
    )


def _shown(albums: Iterable[Album]) -> SomeTime:
    shown = tuple(albums)
    return SomeTime(shown, vars(shown[0])["listed"] - len(shown) if shown else 0)


def _ahead(week: Week) -> tuple[tuple[Week, int], ...]:
    coming = _on_days().filter(sort_date__gt=week.friday, sort_date__lte=week.friday + WEEKS_AHEAD * WEEK)
    counted = coming.values_list("sort_date").annotate(albums=Count("pk")).order_by("sort_date")
    by_week = groupby(counted, key=lambda row: Week.of(row[0]))
    return tuple((later, sum(albums for _day, albums in days)) for later, days in by_week)


def _nearest(week: Week) -> tuple[Week | None, Week | None]:
    before = _on_days().filter(sort_date__lt=week.saturday).order_by("-sort_date")
    after = _on_days().filter(sort_date__gt=week.friday).order_by("sort_date")
    days = [albums.values_list("sort_date", flat=True).first() for albums in (before, after)]
    first, last = (Week.of(day) if day else None for day in days)
    return first, last


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
