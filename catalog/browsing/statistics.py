"""The charts of the page of numbers; each bar links to the albums that it counts."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.db.models import Count, F, Q
from django.urls import reverse

from catalog.browsing.facets import of_links
from catalog.browsing.filters import Facet, Filters
from catalog.browsing.version import cached_for_version
from catalog.models import Album
from catalog.vocabulary.dates import WITH_A_MONTH, DatePrecision, iso_date
from catalog.vocabulary.links import SERVICES, Service

MOST_BARS = 30

# A year, its albums and debuts, and by the key of a service the albums that link to it.
YearCounts = dict[str, int]


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
    years = cached_for_version(stamp, "year_counts", _count_years)
    facets = {facet.parameter: facet for facet in Filters().facets(stamp=stamp)}
    return Numbers(
        years=_bars((str(counts["year"]), counts["albums"], {"year": counts["year"]}) for counts in years),
        months=_month_strips(cached_for_version(stamp, "month_counts", _count_months)),
        genres=_facet_bars(facets["genre"]),
        vocals=_facet_bars(facets["vocals"]),
        countries=_facet_bars(facets["country"]),
        debuts=tuple(_debut_bar(counts) for counts in years if counts["debuts"]),  # The sheet marks them since 2019.
        links=tuple(_link_strip(service, years) for service in SERVICES.values()) if years else (),
        total=Filters().total(stamp=stamp),
    )


def _count_years() -> list[YearCounts]:
    linked = {key: Count("pk", filter=of_links([key])) for key in SERVICES}
    debuts = Count("pk", filter=Q(is_debut=True))
    years = Album.objects.visible().filter(release_year__isnull=False).values(year=F("release_year"))
    return list(years.annotate(albums=Count("pk"), debuts=debuts, **linked).order_by("-year"))


def _count_months() -> Counter[date]:
    """Count albums by the first day of their month, where it is known.

    The database groups by date: on SQLite, it would call a Python function for each row to extract year and month.
    """
    dated = Album.objects.visible().filter(release_precision__in=WITH_A_MONTH)
    months = Counter[date]()
    for day, albums in dated.values_list("sort_date").annotate(albums=Count("pk")).order_by():
        months[day.replace(day=1)] += albums
    return months


def _bars(rows: Iterable[tuple[str, int, dict[str, str | int]]]) -> tuple[Bar, ...]:
    """Return bars on the scale of the longest; each row is a label, a count and the query of its link."""
    listed = list(rows)
    longest = max((count for _label, count, _query in listed), default=0)
    shown = (row for row in listed if row[1])
    return tuple(Bar(label, count, _length(count, longest), _catalog_url(**query)) for label, count, query in shown)


def _facet_bars(facet: Facet) -> tuple[Bar, ...]:
    options = facet.options[:MOST_BARS]
    return _bars((option.label, option.count, {facet.parameter: option.value}) for option in options)


def _debut_bar(counts: YearCounts) -> Bar:
    return _share_bar(counts, "debuts", f"{counts['debuts']:,} of {counts['albums']:,}", debut=1)


def _link_strip(service: Service, years: Sequence[YearCounts]) -> Strip:
    oldest_first = reversed(years)
    return Strip(service.name, tuple(_share_bar(counts, service.key, link=service.key) for counts in oldest_first))


def _share_bar(counts: YearCounts, part: str, note: str = "", **query: str | int) -> Bar:
    share = _length(counts[part], counts["albums"])
    return Bar(str(counts["year"]), round(share), share, _catalog_url(year=counts["year"], **query), note)


def _month_strips(months: Counter[date]) -> tuple[Strip, ...]:
    most = max(months.values(), default=0)
    years = sorted({month.year for month in months}, reverse=True)
    return tuple(_month_strip(year, months, most) for year in years)


def _month_strip(year: int, months: Counter[date], most: int) -> Strip:
    firsts = [date(year, month, 1) for month in range(1, 13)]
    return Strip(str(year), tuple(_month_bar(first, months[first], most) for first in firsts))


def _month_bar(month: date, count: int, most: int) -> Bar:
    return Bar(f"{month:%b}", count, _length(count, most), _catalog_url(month=iso_date(month, DatePrecision.MONTH)))


def _length(count: int, longest: int) -> float:
    return round(100 * count / longest, 1) if longest else 0


def _catalog_url(**query: str | int) -> str:
    return f"{reverse('catalog:album_list')}?{urlencode(query)}"
