"""The groups of choices that narrow the catalog down."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_

from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import dateformat, timezone

from catalog.models import Album
from catalog.models.album import upcoming
from catalog.services.sheet.countries import country_name, is_country_code
from catalog.vocabulary.dates import WITH_A_MONTH
from catalog.vocabulary.links import SERVICES
from catalog.vocabulary.sections import SECTIONS

# The one value of a flag.
CHOSEN = "1"
NOTHING = Q(pk__in=())


@dataclass(frozen=True)
class Group:
    """A group of choices behind one query parameter.

    `accepts` tells which values make sense, `keep` turns them into a condition; `label_of`
    names a value where the database does not. A flag has one choice; a quiet group is
    shown only where it is in force. What albums are counted by is in `catalog/browsing/index.py`.
    """

    parameter: str
    label: str
    keep: Callable[[Sequence[str]], Q]
    label_of: Callable[[str], str] = str
    accepts: Callable[[str], bool] = bool
    newest_first: bool = False
    is_flag: bool = False
    is_quiet: bool = False


def _any_of(conditions: Iterable[Q]) -> Q:
    return reduce(or_, conditions, NOTHING)


def _of_genres(slugs: Sequence[str]) -> Q:
    tags = Album.genres.through.objects.annotate(slug=Coalesce("genre__canonical__slug", "genre__slug"))
    return Q(pk__in=tags.filter(slug__in=slugs).values("album"))


def _of_years(years: Sequence[str]) -> Q:
    return Q(release_year__in=[int(year) for year in years])


def _is_year(value: str) -> bool:
    return value.isascii() and value.isdecimal() and len(value) == 4  # noqa: PLR2004


def _of_months(months: Sequence[str]) -> Q:
    """Match albums of which the month, written `2025-11`, is known."""
    firsts = [_first_day(month) for month in months]
    return Q(release_precision__in=WITH_A_MONTH) & _any_of(
        Q(sort_date__year=first.year, sort_date__month=first.month) for first in firsts
    )


def _first_day(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


def _is_month(value: str) -> bool:
    return re.fullmatch(r"[0-9]{4}-(?:0[1-9]|1[0-2])", value) is not None and value > "0001"


def of_links(services: Sequence[str]) -> Q:
    """Match albums with a link to any of `SERVICES`; no link is an empty text, or null at Spotify."""
    return _any_of(Q(**{f"{SERVICES[service].column}__gt": ""}) for service in services)


def _of_countries(codes: Sequence[str]) -> Q:
    """Match codes anywhere in the list: all have two letters, so none begins inside another."""
    return _any_of(Q(country_codes__contains=code) for code in codes)


def _of_release(values: Sequence[str]) -> Q:
    ahead = upcoming(timezone.localdate())
    conditions = {"upcoming": ahead, "released": ~ahead}
    return _any_of(conditions[value] for value in values)


def _flag(parameter: str, label: str, choice: str, *, keep: Q) -> Group:
    return Group(
        parameter, label, lambda _: keep, label_of=lambda _: choice, accepts=lambda value: value == CHOSEN, is_flag=True
    )


RELEASES = {"upcoming": "Upcoming", "released": "Released"}

GROUPS = (
    Group("genre", "Genre", _of_genres),
    Group("vocals", "Vocals", lambda slugs: Q(vocal_style__slug__in=slugs)),
    Group("year", "Year", _of_years, accepts=_is_year, newest_first=True),
    Group(
        "month",
        "Month",
        _of_months,
        label_of=lambda month: dateformat.format(_first_day(month), "M Y"),
        accepts=_is_month,
        newest_first=True,
        is_quiet=True,
    ),
    Group("format", "Format", lambda formats: Q(format__in=formats)),
    Group("country", "Country", _of_countries, label_of=country_name, accepts=is_country_code),
    Group(
        "section",
        "Section",
        lambda sections: Q(section__in=sections),
        label_of=SECTIONS.__getitem__,
        accepts=SECTIONS.__contains__,
    ),
    Group("link", "Link", of_links, label_of=lambda service: SERVICES[service].name, accepts=SERVICES.__contains__),
    Group("release", "Release", _of_release, label_of=RELEASES.__getitem__, accepts=RELEASES.__contains__),
    _flag("debut", "Debut", "Debuts", keep=Q(is_debut=True)),
    _flag("reissue", "Reissue", "Reissues", keep=Q(is_reissue=True)),
    _flag("player", "Player", "Can be played", keep=Q(has_player=True)),
)
