"""Counting albums by every choice at once, from an index in memory.

A page of the catalog shows well over a thousand counts, and each depends on all the other
choices. Asked of the database, they cost ten times the page itself. So each process
keeps, for one state of the catalog, a set of albums for every choice, as the bits of an
integer: crossing two sets and counting the rest takes microseconds.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from threading import Lock
from typing import NamedTuple

from django.db.models.functions import Coalesce
from django.utils import timezone

from catalog.browsing.facets import CHOSEN
from catalog.models import Album
from catalog.vocabulary.dates import WITH_A_MONTH, is_upcoming
from catalog.vocabulary.links import SERVICES

Choices = Mapping[str, Sequence[str]]
WORDS_REMEMBERED = 200


class _Row(NamedTuple):
    pk: int
    search_text: str
    vocals: str | None
    vocals_name: str | None
    year: int | None
    format: str
    countries: str
    section: str
    is_debut: bool
    is_reissue: bool
    has_player: bool
    release_date: date | None
    release_precision: str
    sort_date: date
    spotify_id: str | None
    bandcamp_url: str
    youtube_url: str
    apple_music_url: str
    amazon_url: str


COLUMNS = (
    *("pk", "search_text", "vocal_style__slug", "vocal_style__name", "release_year", "format", "country_codes"),
    *("section", "is_debut", "is_reissue", "has_player", "release_date", "release_precision", "sort_date"),
    *(service.column for service in SERVICES.values()),
)


@dataclass(frozen=True)
class CatalogIndex:
    """The visible albums at one time: `sets` maps group and value to the albums' bits."""

    texts: Sequence[str]
    sets: Mapping[str, Mapping[str, int]]
    names: Mapping[tuple[str, str], str]
    _words: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of_database(cls) -> "CatalogIndex":
        """Read the catalog: two queries."""
        builder = _Builder(timezone.localdate())
        for position, row in enumerate(Album.objects.visible().order_by("pk").values_list(*COLUMNS).iterator(5000)):
            builder.add_album(position, _Row._make(row))
        tags = Album.genres.through.objects.values_list(
            "album",
            Coalesce("genre__canonical__slug", "genre__slug"),
            Coalesce("genre__canonical__name", "genre__name"),
        )
        for album, slug, name in tags.iterator(5000):
            builder.add_genre(album, slug, name)
        return cls(builder.texts, builder.sets(), builder.names)

    @property
    def everything(self) -> int:
        """The set of all albums."""
        return (1 << len(self.texts)) - 1

    def found(self, words: tuple[str, ...]) -> int:
        """Return the albums whose text holds all the words."""
        found = self.everything
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

    def kept(self, found: int, choices: Choices, *, except_for: str = "") -> int:
        """Cross a set with what the choices of every group but one keep."""
        for parameter, values in choices.items():
            if parameter != except_for:
                sets = self.sets.get(parameter, {})
                union = 0
                for value in values:
                    union |= sets.get(value, 0)
                found &= union
        return found

    def counts(self, parameter: str, base: int) -> dict[str, int]:
        """Return how many albums of a set each value of a group has, without those that have none."""
        counts = {value: (base & albums).bit_count() for value, albums in self.sets.get(parameter, {}).items()}
        return {value: count for value, count in counts.items() if count}


class _Builder:
    """Collects the positions of albums by group and value."""

    def __init__(self, today: date) -> None:
        self.texts: list[str] = []
        self.names: dict[tuple[str, str], str] = {}
        self._today = today
        self._positions: dict[int, int] = {}
        self._members: dict[str, dict[str, list[int]]] = {}

    def add_album(self, position: int, row: _Row) -> None:
        self.texts.append(row.search_text)
        self._positions[row.pk] = position
        if row.vocals:
            self._add("vocals", row.vocals, position)
            self.names["vocals", row.vocals] = row.vocals_name or ""
        for parameter, value in (
            ("year", str(row.year or "")),
            ("month", row.sort_date.isoformat()[:7] if row.release_precision in WITH_A_MONTH else ""),
            ("format", row.format),
            ("section", row.section),
            (
                "release",
                "upcoming" if is_upcoming(row.release_date, row.year, self._today) else "released",
            ),
            ("debut", CHOSEN if row.is_debut else ""),
            ("reissue", CHOSEN if row.is_reissue else ""),
            ("player", CHOSEN if row.has_player else ""),
            *(("link", name if getattr(row, service.column) else "") for name, service in SERVICES.items()),
            *(("country", code) for code in row.countries.split()),
        ):
            if value:
                self._add(parameter, value, position)

    def add_genre(self, album: int, slug: str, name: str) -> None:
        position = self._positions.get(album)
        if position is not None:
            self._add("genre", slug, position)
            self.names["genre", slug] = name

    def sets(self) -> dict[str, dict[str, int]]:
        return {
            parameter: {value: _bits(positions, len(self.texts)) for value, positions in values.items()}
            for parameter, values in self._members.items()
        }

    def _add(self, parameter: str, value: str, position: int) -> None:
        self._members.setdefault(parameter, {}).setdefault(value, []).append(position)


def _bits(positions: Iterable[int], size: int) -> int:
    octets = bytearray(size // 8 + 1)
    for position in positions:
        octets[position >> 3] |= 1 << (position & 7)
    return int.from_bytes(octets, "little")


_lock = Lock()
_current: tuple[str, CatalogIndex] | None = None


def catalog_index(stamp: str) -> CatalogIndex:
    """Return this process's index for a state of the catalog, built when the state is a new one."""
    global _current  # noqa: PLW0603  (one index a process, replaced whole)
    stamp = f"{timezone.localdate()}:{stamp}"
    with _lock:
        if _current is None or _current[0] != stamp:
            _current = stamp, CatalogIndex.of_database()
        return _current[1]
