"""Searching and filtering the catalog by the words and choices of a query string.

Within a group of choices any may hold, between groups all must. What makes no sense in
a query string is ignored.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import blake2b
from typing import TypeVar
from urllib.parse import urlencode

from django.core.cache import cache
from django.db.models import Count, Q, Value
from django.http import QueryDict

from catalog.facets import GROUPS, Group
from catalog.folding import search_form
from catalog.models import Album, SyncOperation
from catalog.models.album import AlbumQuerySet

SHORTEST_SEARCH = 3
LONGEST_SEARCH = 200
MOST_WORDS = 8
MOST_VALUES = 40
LONGEST_VALUE = 100
COUNTS_KEPT_SECONDS = 24 * 3600

SORTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "released": ("Newest first", ("-sort_date", "title_key", "pk")),
    "oldest": ("Oldest first", ("sort_date", "-title_key", "-pk")),
    "added": ("Latest additions", ("-imported_at", "sort_date", "pk")),
    "artist": ("Artist A–Z", ("artist_key", "sort_date", "pk")),
    "title": ("Title A–Z", ("title_key", "artist_key", "pk")),
}
DEFAULT_SORT = "released"
LABELS = {"q": "Search"} | {group.parameter: group.label for group in GROUPS}

Counts = dict[str, dict[str, tuple[str, int]]]


Counted = TypeVar("Counted")


@dataclass(frozen=True)
class Option:
    """A choice of a group and how many albums it would show, all other groups applied."""

    value: str
    label: str
    count: int
    is_chosen: bool


@dataclass(frozen=True)
class Facet:
    """A group and its choices; a group with a single choice is a plain checkbox."""

    parameter: str
    label: str
    options: tuple[Option, ...]

    @property
    def chosen(self) -> int:
        """How many of its choices are in force."""
        return sum(option.is_chosen for option in self.options)


@dataclass(frozen=True)
class Chip:
    """A word or choice in force, and the query string without it."""

    label: str
    without: str


@dataclass(frozen=True)
class Filters:
    """What a query string asks for; `choices` maps a group's parameter to its values."""

    search: str = ""
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sort: str = DEFAULT_SORT

    @classmethod
    def from_query(cls, query: QueryDict) -> "Filters":
        """Read a query string; whatever is too long, unknown or repeated is left out."""
        choices = {group.parameter: _values(query, group) for group in GROUPS}
        sort = query.get("sort", "")
        return cls(
            search=" ".join(query.get("q", "").replace("\0", "")[:LONGEST_SEARCH].split()),
            choices={parameter: values for parameter, values in choices.items() if values},
            sort=sort if sort in SORTS else DEFAULT_SORT,
        )

    @property
    def is_active(self) -> bool:
        """Tell whether anything narrows the catalog down."""
        return bool(self.choices or self.words)

    @property
    def is_too_short(self) -> bool:
        """Tell whether the search has too few characters to be made."""
        return 0 < len(self.search) < SHORTEST_SEARCH

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The folded words of the search, none if it is too short."""
        folded = search_form(self.search)
        return tuple(folded.split()[:MOST_WORDS]) if len(folded) >= SHORTEST_SEARCH else ()

    def query_string(self) -> str:
        """Return the canonical query string: what leads here, without page and page size."""
        pairs = [("q", self.search)] if self.search else []
        pairs += [(name, value) for name, values in self.choices.items() for value in values]
        if self.sort != DEFAULT_SORT:
            pairs.append(("sort", self.sort))
        return urlencode(pairs)

    def without(self, parameter: str, value: str | None = None) -> "Filters":
        """Return the filters without a group, or without one of its values."""
        kept = tuple(other for other in self.choices.get(parameter, ()) if value is not None and other != value)
        choices = {name: values for name, values in self.choices.items() if name != parameter}
        return replace(self, choices=choices | ({parameter: kept} if kept else {}))

    # Albums ----------------------------------------------------------------------------

    def albums(self) -> AlbumQuerySet:
        """Return the visible albums that are asked for, in the order that is asked for."""
        return self._kept().order_by(*SORTS[self.sort][1])

    def _kept(self, *, except_for: str = "") -> AlbumQuerySet:
        condition = Q()
        for word in self.words:
            condition &= Q(search_text__contains=word)
        for group in GROUPS:
            values = self.choices.get(group.parameter)
            if values and group.parameter != except_for:
                condition &= group.keep(values)
        return Album.objects.visible().filter(condition)

    # Counts ----------------------------------------------------------------------------

    def facets(self, *, stamp: str) -> tuple[Facet, ...]:
        """Return all groups with their counts: one query, or none while the catalog's `stamp` is the same."""
        counts = _cached(stamp, f"facets:{self._counting_key()}", self._count_choices)
        return tuple(self._facet(group, counts.get(group.parameter, {})) for group in GROUPS)

    def total(self, *, stamp: str) -> int:
        """Return how many albums are asked for."""
        return _cached(stamp, f"total:{self._counting_key()}", self._kept().count)

    def looser(self) -> list[tuple[str, str, int]]:
        """Return what could be given up: its group, the query string without it, and the albums that brings."""
        loosened = {name: self.without(name) for name in self.choices}
        if self.words:
            loosened["q"] = replace(self, search="")
        if not loosened:
            return []
        first, *others = (
            filters._kept().order_by().values(part=Value(name)).annotate(albums=Count("pk"))  # noqa: SLF001  (its own kind)
            for name, filters in loosened.items()
        )
        counts = {row["part"]: row["albums"] for row in first.union(*others, all=True)}
        found = [(LABELS[name], loosened[name].query_string(), counts[name]) for name in loosened if name in counts]
        return sorted(found, key=lambda item: -item[2])

    def chips(self, facets: Sequence[Facet]) -> list[Chip]:
        """Return what is in force, each with the query string without it."""
        chips = [Chip(f"“{self.search}”", replace(self, search="").query_string())] if self.words else []
        return chips + [
            Chip(option.label, self.without(facet.parameter, option.value).query_string())
            for facet in facets
            for option in facet.options
            if option.is_chosen
        ]

    def _counting_key(self) -> str:
        return replace(self, sort=DEFAULT_SORT, search=" ".join(sorted(self.words))).query_string()

    def _count_choices(self) -> Counts:
        """Count albums by every group's values, in one query: {parameter: {value: (name, count)}}."""
        branches = [
            self._kept(except_for=group.parameter)
            .order_by()
            .annotate(facet=Value(group.parameter), facet_value=group.value(), facet_name=group.name())
            .values("facet", "facet_value", "facet_name")
            .annotate(albums=Count("pk"))
            for group in GROUPS
        ]
        counts: Counts = {}
        for row in branches[0].union(*branches[1:], all=True):
            for value in _single_values(row["facet"], row["facet_value"]):
                known = counts.setdefault(row["facet"], {})
                known[value] = (row["facet_name"] or "", known.get(value, ("", 0))[1] + row["albums"])
        return counts

    def _facet(self, group: Group, counts: dict[str, tuple[str, int]]) -> Facet:
        chosen = self.choices.get(group.parameter, ())
        missing = {value: ("", 0) for value in chosen if value not in counts}
        options = [
            Option(value, name or group.label_of(value), count, value in chosen)
            for value, (name, count) in (counts | missing).items()
        ]
        if group.newest_first:
            options.sort(key=lambda option: option.value, reverse=True)
        else:
            options.sort(key=lambda option: (-option.count, option.label))
        return Facet(group.parameter, group.label, tuple(options))


def catalog_stamp(operation: SyncOperation | None) -> str:
    """Return what changes when the catalog may have: counts are kept for as long as it stays.

    Albums change while a run processes them; before and after, its stage is enough.
    """
    if operation is None:
        return "empty"
    stamp = f"{operation.pk}.{operation.status}.{operation.stage}"
    is_importing = operation.is_active() and operation.stage == SyncOperation.Stage.PROCESSING
    return f"{stamp}.{operation.albums_processed}" if is_importing else stamp


def _values(query: QueryDict, group: Group) -> tuple[str, ...]:
    values = dict.fromkeys(query.getlist(group.parameter)[:MOST_VALUES])
    return tuple(value for value in values if value and len(value) <= LONGEST_VALUE and "\0" not in value)


def _single_values(parameter: str, value: str | None) -> list[str]:
    """Split a list of country codes, and drop what says that there is none."""
    if not value:
        return []
    return value.split() if parameter == "country" else [value]


def _cached(stamp: str, key: str, count: Callable[[], Counted]) -> Counted:
    """Return what was counted before for this state of the catalog, or count it."""
    key = "browsing:" + blake2b(f"{stamp}:{key}".encode(), digest_size=16).hexdigest()
    found: Counted | None = cache.get(key)
    if found is None:
        found = count()
        cache.set(key, found, COUNTS_KEPT_SECONDS)
    return found
