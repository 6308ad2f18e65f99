"""Search and filters of the catalog, as a query string asks for them.

Within a group any of the choices may hold, between groups all must. Unknown or malformed parameters are ignored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from urllib.parse import urlencode

from django.http import QueryDict

from catalog.browsing.facets import CHOSEN, GROUPS, Group
from catalog.browsing.index import CatalogIndex, catalog_index
from catalog.models import Album
from catalog.models.album import AlbumQuerySet
from catalog.vocabulary.folding import search_form

SHORTEST_SEARCH = 3
LONGEST_SEARCH = 200
MOST_WORDS = 8
MOST_VALUES = 40
LONGEST_VALUE = 100
# The most choices of a group on the catalog page, the chosen ones first; a page of its own lists all.
MOST_LISTED = MOST_VALUES

SORTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "released": ("Newest first", ("-sort_date", "title_key", "pk")),
    "oldest": ("Oldest first", ("sort_date", "-title_key", "-pk")),
    "added": ("Latest additions", ("-imported_at", "sort_date", "pk")),
    "artist": ("Artist A–Z", ("artist_key", "sort_date", "pk")),
    "title": ("Title A–Z", ("title_key", "artist_key", "pk")),
}
DEFAULT_SORT = "released"
LABELS = {"q": "Search"} | {group.parameter: group.label for group in GROUPS}


@dataclass(frozen=True, slots=True)
class Option:
    """A choice of a group; `count` is the number of albums it would show with all other groups applied."""

    value: str
    label: str
    count: int
    is_chosen: bool


@dataclass(frozen=True)
class Facet:
    parameter: str
    label: str
    options: tuple[Option, ...]
    is_flag: bool = False

    @property
    def chosen(self) -> int:
        return sum(option.is_chosen for option in self.options)

    @property
    def is_long(self) -> bool:
        return len(self.options) > MOST_LISTED

    @property
    def listed(self) -> tuple[Option, ...]:
        return self.options if not self.is_long else self.chosen_first[:MOST_LISTED]

    @property
    def chosen_first(self) -> tuple[Option, ...]:
        return tuple(sorted(self.options, key=lambda option: not option.is_chosen))


@dataclass(frozen=True)
class Chip:
    """`without` is the query string that removes it."""

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
        choices = {group.parameter: _values(query, group) for group in GROUPS}
        sort = query.get("sort", "")
        return cls(
            search=" ".join(query.get("q", "").replace("\0", "")[:LONGEST_SEARCH].split()),
            choices={parameter: values for parameter, values in choices.items() if values},
            sort=sort if sort in SORTS else DEFAULT_SORT,
        )

    @property
    def is_active(self) -> bool:
        return bool(self.choices or self.words)

    @property
    def is_too_short(self) -> bool:
        return 0 < len(self.search) < SHORTEST_SEARCH

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The folded words of the search, none if it is too short."""
        folded = search_form(self.search)
        return tuple(folded.split()[:MOST_WORDS]) if len(folded) >= SHORTEST_SEARCH else ()

    def query_string(self) -> str:
        return urlencode(self.pairs())

    def pairs(self) -> list[tuple[str, str]]:
        pairs = [("q", self.search)] if self.search else []
        pairs += [(name, value) for name, values in self.choices.items() for value in values]
        if self.sort != DEFAULT_SORT:
            pairs.append(("sort", self.sort))
        return pairs

    def without(self, parameter: str, value: str | None = None) -> "Filters":
        left = tuple(other for other in self.choices.get(parameter, ()) if value is not None and other != value)
        choices = {name: left if name == parameter else values for name, values in self.choices.items()}
        return replace(self, choices={name: values for name, values in choices.items() if values})

    def albums(self) -> AlbumQuerySet:
        albums = Album.objects.visible()
        for word in self.words:
            albums = albums.filter(search_text__contains=word)
        for group in GROUPS:
            if values := self.choices.get(group.parameter):
                albums = albums.filter(group.keep(values))
        return albums.order_by(*SORTS[self.sort][1])

    def total(self, *, stamp: str) -> int:
        index = catalog_index(stamp)
        return index.restricted(index.found(self.words), self.choices).bit_count()

    def facets(self, *, stamp: str) -> tuple[Facet, ...]:
        """Return all groups, each choice counted with all the other groups applied."""
        index = catalog_index(stamp)
        found = index.found(self.words)
        groups = [group for group in GROUPS if group.parameter in self.choices or not group.is_quiet]
        return tuple(self._facet(index, group, found) for group in groups)

    def looser(self, *, stamp: str) -> list[tuple[str, str, int]]:
        """Return what each dropped filter would bring: its label, the query string without it, the albums."""
        loosened = {name: self.without(name) for name in self.choices}
        if self.words:
            loosened["q"] = replace(self, search="")
        found = ((LABELS[name], left.query_string(), left.total(stamp=stamp)) for name, left in loosened.items())
        return sorted((item for item in found if item[2]), key=lambda item: -item[2])

    def chips(self, facets: Sequence[Facet]) -> list[Chip]:
        chips = [Chip(f"“{self.search}”", replace(self, search="").query_string())] if self.words else []
        return chips + [
            Chip(option.label, self.without(facet.parameter, option.value).query_string())
            for facet in facets
            for option in facet.options
            if option.is_chosen
        ]

    def _facet(self, index: CatalogIndex, group: Group, found: int) -> Facet:
        counts = index.counts(group.parameter, index.restricted(found, self.choices, except_for=group.parameter))
        chosen = self.choices.get(group.parameter, ())
        always = (*chosen, CHOSEN) if group.is_flag else chosen
        options = [
            Option(value, index.names.get((group.parameter, value)) or group.label_of(value), count, value in chosen)
            for value, count in (dict.fromkeys(always, 0) | counts).items()
        ]
        if group.newest_first:
            options.sort(key=lambda option: option.value, reverse=True)
        else:
            options.sort(key=lambda option: (-option.count, option.label))
        return Facet(group.parameter, group.label, tuple(options), group.is_flag)


def _values(query: QueryDict, group: Group) -> tuple[str, ...]:
    values = dict.fromkeys(query.getlist(group.parameter)[:MOST_VALUES])
    possible = (value for value in values if 0 < len(value) <= LONGEST_VALUE and "\0" not in value)
    return tuple(filter(group.accepts, possible))
