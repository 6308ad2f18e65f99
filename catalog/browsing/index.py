"""Counting albums by every choice at once, from an index in memory.

A page of the catalog shows well over a thousand counts, and each depends on all the other choices. The
database would need ten times as long as for the page itself. So each process holds, for one state of the
catalog, a set of albums for every choice, as the bits of an integer; to intersect two sets and count the
result takes microseconds.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from operator import itemgetter
from threading import Lock
from typing import Any

from django.utils import timezone

from catalog.browsing.facets import GROUPS, ROWS_AT_ONCE, Group
from catalog.models import Album

Choices = Mapping[str, Sequence[str]]
WORDS_REMEMBERED = 200
# Each column once, however many groups count by it.
COLUMNS = tuple(dict.fromkeys(chain(("pk", "search_text"), *(group.columns for group in GROUPS))))


@dataclass(frozen=True)
class CatalogIndex:
    """The visible albums at one time: `sets` maps group and value to the albums' bits."""

    texts: Sequence[str]
    sets: Mapping[str, Mapping[str, int]]
    names: Mapping[tuple[str, str], str]
    _words: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of_database(cls) -> "CatalogIndex":
        """Read the catalog in two queries."""
        builder = _Builder()
        for row in Album.objects.visible().order_by("pk").values_list(*COLUMNS).iterator(ROWS_AT_ONCE):
            builder.add_album(row)
        for group in GROUPS:
            for album, value, name in group.tags():
                builder.add_tag(group, album, value, name)
        return cls(builder.texts, builder.sets(), builder.names)

    def found(self, words: tuple[str, ...]) -> int:
        found = (1 << len(self.texts)) - 1  # All albums.
        for word in words:
            found &= self._with_word(word)
        return found

    def _with_word(self, word: str) -> int:
        found = self._words.get(word)
        if found is None:
            if len(self._words) >= WORDS_REMEMBERED:
                self._words.clear()  # Another thread may be about to; so nothing is read back.
            positions = [position for position, text in enumerate(self.texts) if word in text]
            self._words[word] = found = _bits(positions, len(self.texts))
        return found

    def restricted(self, found: int, choices: Choices, *, except_for: str = "") -> int:
        for parameter, values in choices.items():
            if parameter != except_for:
                sets = self.sets.get(parameter, {})
                union = 0
                for value in values:
                    union |= sets.get(value, 0)
                found &= union
        return found

    def counts(self, parameter: str, base: int) -> dict[str, int]:
        """Count a set's albums by each value of a group; values without any are left out."""
        counts = {value: (base & albums).bit_count() for value, albums in self.sets.get(parameter, {}).items()}
        return {value: count for value, count in counts.items() if count}


class _Builder:
    """Collects the positions of albums by group and value; each distinct content of a group's columns is read once."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.names: dict[tuple[str, str], str] = {}
        self._positions: dict[int, int] = {}
        self._by_content: dict[Group, defaultdict[Any, list[int]]] = {group: defaultdict(list) for group in GROUPS}
        self._counted = [
            (self._by_content[group], itemgetter(*map(COLUMNS.index, group.columns)))
            for group in GROUPS
            if group.columns
        ]

    def add_album(self, row: Sequence[Any]) -> None:
        position = len(self.texts)
        pk, search_text, *_ = row
        self.texts.append(search_text)
        self._positions[pk] = position
        for positions, content in self._counted:
            positions[content(row)].append(position)

    def add_tag(self, group: Group, album: int, *content: str) -> None:
        position = self._positions.get(album)
        if position is not None:
            self._by_content[group][content].append(position)

    def sets(self) -> dict[str, dict[str, int]]:
        return {group.parameter: self._sets_of(group) for group in GROUPS}

    def _sets_of(self, group: Group) -> dict[str, int]:
        members: defaultdict[str, list[int]] = defaultdict(list)
        for content, positions in self._by_content[group].items():
            columns: tuple[Any, ...] = content if isinstance(content, tuple) else (content,)
            for value in group.values(*columns):
                members[value] += positions
                if group.is_named:
                    self.names[group.parameter, value] = columns[1]
        return {value: _bits(positions, len(self.texts)) for value, positions in members.items()}


def _bits(positions: Iterable[int], size: int) -> int:
    octets = bytearray(size // 8 + 1)
    for position in positions:
        octets[position >> 3] |= 1 << (position & 7)
    return int.from_bytes(octets, "little")


_lock = Lock()
_current: tuple[str, CatalogIndex] | None = None


def catalog_index(stamp: str) -> CatalogIndex:
    global _current  # noqa: PLW0603  (one index a process, replaced whole)
    stamp = f"{timezone.localdate()}:{stamp}"
    with _lock:
        if _current is None or _current[0] != stamp:
            _current = stamp, CatalogIndex.of_database()
        return _current[1]
