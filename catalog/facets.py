"""The groups of choices that narrow the catalog down."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from catalog.models import Album
from catalog.services.countries import country_name, is_country_code

NOTHING = Q(pk__in=())


@dataclass(frozen=True)
class Group:
    """A group of choices behind one query parameter.

    `keep` turns values into a condition; `label_of` names a value where the database does
    not. What albums are counted by is in `catalog/counting.py`.
    """

    parameter: str
    label: str
    keep: Callable[[Sequence[str]], Q]
    label_of: Callable[[str], str] = str
    newest_first: bool = False


def upcoming() -> Q:
    """Match what is still to be released; an album of this year without a date counts as such."""
    today = timezone.localdate()
    return Q(release_date__gt=today) | Q(release_date__isnull=True, release_year__gte=today.year)


def released() -> Q:
    """Match everything else."""
    today = timezone.localdate()
    undated = Q(release_date__isnull=True) & (Q(release_year__isnull=True) | Q(release_year__lt=today.year))
    return Q(release_date__lte=today) | undated


def _any_of(conditions: Iterable[Q]) -> Q:
    return reduce(or_, conditions, NOTHING)


def _of_genres(slugs: Sequence[str]) -> Q:
    tags = Album.genres.through.objects.annotate(slug=Coalesce("genre__canonical__slug", "genre__slug"))
    return Q(pk__in=tags.filter(slug__in=slugs).values("album"))


def _of_years(years: Sequence[str]) -> Q:
    return Q(release_year__in=[int(year) for year in years if year.isascii() and year.isdecimal() and len(year) == 4])  # noqa: PLR2004


def _of_countries(codes: Sequence[str]) -> Q:
    """Match codes anywhere in the list: all have two letters, so none begins inside another."""
    return _any_of(Q(country_codes__contains=code) for code in codes if is_country_code(code))


def _of_release(values: Sequence[str]) -> Q:
    conditions = {"upcoming": upcoming(), "released": released()}
    return _any_of(conditions[value] for value in values if value in conditions)


def _labels(labels: dict[str, str]) -> Callable[[str], str]:
    return lambda value: labels.get(value, value)


GROUPS = (
    Group("genre", "Genre", _of_genres),
    Group("vocals", "Vocals", lambda slugs: Q(vocal_style__slug__in=slugs)),
    Group("year", "Year", _of_years, newest_first=True),
    Group("format", "Format", lambda formats: Q(format__in=formats)),
    Group("country", "Country", _of_countries, label_of=country_name),
    Group(
        "section",
        "Section",
        lambda sections: Q(section__in=sections),
        label_of=_labels({value: str(label) for value, label in Album.Section.choices}),
    ),
    Group("release", "Release", _of_release, label_of=_labels({"upcoming": "Upcoming", "released": "Released"})),
    Group("debut", "Debut", lambda _: Q(is_debut=True), label_of=lambda _: "Debuts"),
    Group("reissue", "Reissue", lambda _: Q(is_reissue=True), label_of=lambda _: "Reissues"),
    Group("player", "Player", lambda _: Q(has_player=True), label_of=lambda _: "Can be played"),
)
