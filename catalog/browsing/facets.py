"""The groups of choices that narrow the catalog down."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import dateformat, timezone

from catalog.models import Album
from catalog.models.album import upcoming
from catalog.vocabulary.countries import country_name, is_country_code
from catalog.vocabulary.dates import WITH_A_MONTH, DatePrecision, is_upcoming, iso_date
from catalog.vocabulary.links import SERVICES
from catalog.vocabulary.tabs import SECTIONS

# The one value of a flag.
CHOSEN = "1"
ROWS_AT_ONCE = 5000
CANONICAL_SLUG = Coalesce("genre__canonical__slug", "genre__slug")
CANONICAL_NAME = Coalesce("genre__canonical__name", "genre__name")


def _value_of(value: str | int | None, *_name: str | None) -> Iterable[str]:
    return [str(value)] if value else []


@dataclass(frozen=True)
class Group:
    """A group of choices behind one query parameter.

    `keep` turns values into a condition. `values` returns under which of them an album is counted, by the
    content of its `columns`; `tags` returns (album, value, name) where an album's values are rows of another
    table. Where the group `is_named`, the second column is the value's name; else `label_of` returns it.
    `accepts` returns whether a value makes sense. A flag has one choice; a quiet group is shown only where it
    is in force.
    """

    parameter: str
    label: str
    keep: Callable[[Sequence[str]], Q]
    columns: tuple[str, ...] = ()
    values: Callable[..., Iterable[str]] = _value_of
    tags: Callable[[], Iterable[tuple[int, str, str]]] = tuple
    label_of: Callable[[str], str] = str
    accepts: Callable[[str], bool] = bool
    is_named: bool = False
    newest_first: bool = False
    is_flag: bool = False
    is_quiet: bool = False


def _any_of(conditions: Iterable[Q]) -> Q:
    return reduce(or_, conditions, Q(pk__in=()))


def _of_genres(slugs: Sequence[str]) -> Q:
    tags = Album.genres.through.objects.annotate(slug=CANONICAL_SLUG)
    return Q(pk__in=tags.filter(slug__in=slugs).values("album"))


def _genre_tags() -> Iterable[tuple[int, str, str]]:
    return Album.genres.through.objects.values_list("album", CANONICAL_SLUG, CANONICAL_NAME).iterator(ROWS_AT_ONCE)


def _is_year(value: str) -> bool:
    return value.isascii() and value.isdecimal() and len(value) == 4  # noqa: PLR2004


def _of_months(months: Sequence[str]) -> Q:
    firsts = map(_first_day, months)
    in_months = (Q(sort_date__year=first.year, sort_date__month=first.month) for first in firsts)
    return Q(release_precision__in=WITH_A_MONTH) & _any_of(in_months)


def _months_of(sort_date: date, precision: str) -> Iterable[str]:
    return [iso_date(sort_date, DatePrecision.MONTH)] if precision in WITH_A_MONTH else []


def _first_day(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


def _is_month(value: str) -> bool:
    return re.fullmatch(r"[0-9]{4}-(?:0[1-9]|1[0-2])", value) is not None and value > "0001"


def of_links(services: Sequence[str]) -> Q:
    """Match albums with a link to any of the services; no link is an empty text, or null at Spotify."""
    return _any_of(Q(**{f"{SERVICES[service].column}__gt": ""}) for service in services)


def _links_of(*columns: str | None) -> Iterable[str]:
    return [service for service, column in zip(SERVICES, columns, strict=True) if column]


def _of_countries(codes: Sequence[str]) -> Q:
    """Match any of the codes in a list of codes: all have two letters, so none begins inside another."""
    return _any_of(Q(country_codes__contains=code) for code in codes)


def _of_release(values: Sequence[str]) -> Q:
    ahead = upcoming(timezone.localdate())
    conditions = {"upcoming": ahead, "released": ~ahead}
    return _any_of(conditions[value] for value in values)


def _release_of(release_date: date | None, release_year: int | None) -> Iterable[str]:
    return ["upcoming" if is_upcoming(release_date, release_year, timezone.localdate()) else "released"]


def _column(parameter: str, label: str, column: str, *names: str, **options: Any) -> Group:
    def keep(values: Sequence[str]) -> Q:
        return Q(**{f"{column}__in": values})

    return Group(parameter, label, keep, columns=(column, *names), is_named=bool(names), **options)


def _flag(parameter: str, label: str, choice: str, column: str) -> Group:
    return Group(
        parameter,
        label,
        lambda _: Q(**{column: True}),
        columns=(column,),
        values=lambda is_set: [CHOSEN] if is_set else [],
        label_of=lambda _: choice,
        accepts=lambda value: value == CHOSEN,
        is_flag=True,
    )


RELEASES = {"upcoming": "Upcoming", "released": "Released"}

GROUPS = (
    Group("genre", "Genre", _of_genres, tags=_genre_tags, is_named=True),
    _column("vocals", "Vocals", "vocal_style__slug", "vocal_style__name"),
    _column("year", "Year", "release_year", accepts=_is_year, newest_first=True),
    Group(
        "month",
        "Month",
        _of_months,
        columns=("sort_date", "release_precision"),
        values=_months_of,
        label_of=lambda month: dateformat.format(_first_day(month), "M Y"),
        accepts=_is_month,
        newest_first=True,
        is_quiet=True,
    ),
    _column("format", "Format", "format"),
    Group(
        "country",
        "Country",
        _of_countries,
        columns=("country_codes",),
        values=str.split,
        label_of=country_name,
        accepts=is_country_code,
    ),
    _column("section", "Section", "section", label_of=SECTIONS.__getitem__, accepts=SECTIONS.__contains__),
    Group(
        "link",
        "Link",
        of_links,
        columns=tuple(service.column for service in SERVICES.values()),
        values=_links_of,
        label_of=lambda service: SERVICES[service].name,
        accepts=SERVICES.__contains__,
    ),
    Group(
        "release",
        "Release",
        _of_release,
        columns=("release_date", "release_year"),
        values=_release_of,
        label_of=RELEASES.__getitem__,
        accepts=RELEASES.__contains__,
    ),
    _flag("debut", "Debut", "Debuts", "is_debut"),
    _flag("reissue", "Reissue", "Reissues", "is_reissue"),
    _flag("player", "Player", "Can be played", "has_player"),
)
