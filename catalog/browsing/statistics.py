"""The charts of the page of numbers; each bar links to the albums that it counts."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.urls import reverse

from catalog.browsing.facets import of_links
from catalog.browsing.filters import Facet, Filters
from catalog.browsing.version import cached_for_version
from catalog.models import Album
from catalog.vocabulary.dates import WITH_A_MONTH, DatePrecision, iso_date
from catalog.vocabulary.links import SERVICES, Service

MOST_BARS = 30
PERCENT = 100
MONTHS = range(1, 13)


@dataclass(frozen=True)
class YearCounts:
    """Counts of one year's albums; `linked` maps the key of a service to the albums that link to it."""

    year: int
    albums: int
    debuts: int
    linked: dict[str, int]


@dataclass(frozen=True)
class Bar:
    """A count or a share; `length` is in percent of the longest bar."""

    label: str
    value: int
    length: float
    url: str
    note: str = ""


@dataclass(frozen=True)
class Strip:
    label: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Numbers:
    years: tuple[Bar, ...]
    months: tuple[Strip, ...]
    genres: tuple[Bar, ...]
    vocals: tuple[Bar, ...]
    countries: tuple[Bar, ...]
    debuts: tuple[Bar, ...]
    links: tuple[Strip, ...]
    total: int


def numbers(*, stamp: str) -> Numbers:
    """Return all charts; they are counted once for each state of the catalog, which `stamp` names."""
    years = cached_for_version(stamp, "years", _count_years)
    facets = {facet.parameter: facet for facet in Filters().facets(stamp=stamp)}
    return Numbers(
        years=_bars((str(counts.year), counts.albums, {"year": counts.year}) for counts in years),
        months=_month_strips(cached_for_version(stamp, "months", _count_months)),
        genres=_facet_bars(facets["genre"]),
        vocals=_facet_bars(facets["vocals"]),
        countries=_facet_bars(facets["country"]),
        debuts=tuple(_debut_bar(counts) for counts in years if counts.debuts),  # The sheet marks them since 2019.
        links=tuple(_link_strip(service, years) for service in SERVICES.values()),
        total=Filters().total(stamp=stamp),
    )


# Counting ----------------------------------------------------------------------------------


def _count_years() -> tuple[YearCounts, ...]:
    linked = {key: Count("pk", filter=of_links([key])) for key in SERVICES}
    debuts = Count("pk", filter=Q(is_debut=True))
    years = Album.objects.visible().filter(release_year__isnull=False).values("release_year")
    return tuple(
        YearCounts(row["release_year"], row["albums"], row["debuts"], {key: row[key] for key in linked})
        for row in years.annotate(albums=Count("pk"), debuts=debuts, **linked).order_by("-release_year")
    )


def _count_months() -> dict[tuple[int, int], int]:
    """Count albums by (year, month) where the month is known.

    The database groups by date: on SQLite, it would call a Python function for each row to extract year and month.
    """
    dated = Album.objects.visible().filter(release_precision__in=WITH_A_MONTH)
    months = Counter[tuple[int, int]]()
    for day, albums in dated.values_list("sort_date").annotate(albums=Count("pk")).order_by():
        months[day.year, day.month] += albums
    return dict(months)


# Drawing -----------------------------------------------------------------------------------


def _bars(rows: Iterable[tuple[str, int, dict[str, str | int]]]) -> tuple[Bar, ...]:
    """Return bars on the scale of the longest; each row is a label, a count and the query of its link."""
    listed = list(rows)
    longest = max((count for _label, count, _query in listed), default=0)
    return tuple(
        Bar(label, count, _length(count, longest), _catalog_url(**query)) for label, count, query in listed if count
    )


def _facet_bars(facet: Facet) -> tuple[Bar, ...]:
    options = facet.options[:MOST_BARS]
    return _bars((option.label, option.count, {facet.parameter: option.value}) for option in options)


def _debut_bar(counts: YearCounts) -> Bar:
    share = _length(counts.debuts, counts.albums)
    url = _catalog_url(year=counts.year, debut=1)
    return Bar(str(counts.year), round(share), share, url, note=f"{counts.debuts:,} of {counts.albums:,}")


def _link_strip(service: Service, years: Iterable[YearCounts]) -> Strip:
    bars = (
        (counts.year, _length(counts.linked[service.key], counts.albums))
        for counts in sorted(years, key=lambda counts: counts.year)
    )
    return Strip(
        service.name,
        tuple(Bar(str(year), round(share), share, _catalog_url(year=year, link=service.key)) for year, share in bars),
    )


def _month_strips(months: dict[tuple[int, int], int]) -> tuple[Strip, ...]:
    most = max(months.values(), default=0)
    return tuple(
        Strip(
            str(year), tuple(_month_bar(date(year, month, 1), months.get((year, month), 0), most) for month in MONTHS)
        )
        for year in sorted({year for year, _month in months}, reverse=True)
    )


def _month_bar(month: date, count: int, most: int) -> Bar:
    return Bar(f"{month:%b}", count, _length(count, most), _catalog_url(month=iso_date(month, DatePrecision.MONTH)))


def _length(count: int, longest: int) -> float:
    return round(PERCENT * count / longest, 1) if longest else 0


def _catalog_url(**query: str | int) -> str:
    return f"{reverse('catalog:album_list')}?{urlencode(query)}"
