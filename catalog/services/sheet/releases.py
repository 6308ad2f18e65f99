"""What the sheet says, row by row: releases and the rows that need a curator."""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field, fields, replace
from datetime import date
from enum import StrEnum
from functools import cached_property
from hashlib import blake2b
from operator import attrgetter
from typing import TypeVar

from catalog.vocabulary.columns import FILLS_GAPS
from catalog.vocabulary.folding import fold, search_form
from catalog.vocabulary.issues import IssueKind
from catalog.vocabulary.links import SERVICES
from catalog.vocabulary.tabs import section_of

# Artist and title may each be as long as a cell; a finding names them within its own length.
NAME_LENGTH = 300
YEAR_UNKNOWN = date(1, 1, 1)

Item = TypeVar("Item")
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Issue:
    """A finding about a row for the curators; `detail` is what the cell says."""

    tab: str
    row: int
    kind: IssueKind
    detail: str = ""


@dataclass(frozen=True)
class Release:
    """One row of the sheet, read by the rules of `docs/source-sheet.md`.

    `release_date` is the first day of a period whose precision is "month" or "year".
    """

    tab: str
    row: int
    artist: str
    title: str
    release_date: date | None = None
    release_precision: str = ""
    release_text: str = ""
    release_year: int | None = None
    format: str = ""
    is_debut: bool = False
    is_reissue: bool = False
    genres: tuple[str, ...] = ()
    vocal_style: str = ""
    country: str = ""
    country_codes: tuple[str, ...] = ()
    spotify_id: str = ""
    bandcamp_url: str = ""
    youtube_url: str = ""
    amazon_url: str = ""
    apple_music_url: str = ""

    @cached_property
    def key(self) -> tuple[str, str]:
        """The folded artist and title."""
        return fold(self.artist), fold(self.title)

    @property
    def name(self) -> str:
        """Artist and title, as findings name them."""
        return shortened(f"{self.artist} – {self.title}", NAME_LENGTH)

    @property
    def sort_date(self) -> date:
        """The day by which albums are ordered: what has only a year comes first in it."""
        return self.release_date or (date(self.release_year, 1, 1) if self.release_year else YEAR_UNKNOWN)

    @property
    def section(self) -> str:
        return section_of(self.tab)

    @cached_property
    def has_player(self) -> bool:
        return any(service.plays(getattr(self, service.column)) for service in SERVICES.values())

    @cached_property
    def search_text(self) -> str:
        return search_form(" | ".join((self.title, self.artist, *self.genres, self.vocal_style, self.country)))

    @cached_property
    def fingerprint(self) -> str:
        """A hash of all that the row says and of what our rules derive from it; rows move, so its number is left out.

        When a rule changes, so do the fingerprints that it concerns, and the next sync rewrites those albums.
        """
        return blake2b(repr((CONTENT(self), DERIVED_VALUES(self))).encode(), digest_size=16).hexdigest()


# Columns of Album that repeat what others say, for sorting, facets and the search.
DERIVED = ("sort_date", "section", "has_player", "search_text")
DERIVED_VALUES = attrgetter(*DERIVED)
CONTENT = attrgetter(*(column.name for column in fields(Release) if column.name != "row"))


class TabState(StrEnum):
    READ = "read"
    HIDDEN = "hidden"
    NO_RELEASES = "no_releases"
    FAILED = "failed"


@dataclass
class TabReading:
    """`note` says why the tab failed."""

    name: str
    state: TabState
    note: str = ""
    releases: list[Release] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    incomplete_rows: int = 0


@dataclass(frozen=True)
class Merged:
    """`releases` are in the order of the tabs, newest first."""

    releases: list[Release]
    issues: list[Issue]


def merge(releases: Iterable[Release]) -> Merged:
    """Merge the rows that are one album; `releases` come in the order of the tabs, newest first.

    Rows with the same artist and title are one album, unless both have a Spotify album and the two differ. The row of
    the newest tab wins, within a tab the first one with a Spotify link; the other rows fill in what it leaves empty.
    Rows that share a Spotify album but not the name are all kept.
    """
    merged = Merged([], [])
    for rows in grouped(releases, lambda release: release.key).values():
        _merge_rows(rows, merged)
    merged.issues.extend(_shared_spotify_albums(merged.releases))
    return merged


def _merge_rows(rows: list[Release], merged: Merged) -> None:
    if len(rows) == 1:
        merged.releases.append(rows[0])
        return
    for group in _groups_by_spotify_album(rows):
        newest_tab = group[0].tab
        winner = next((row for row in group if row.tab == newest_tab and row.spotify_id), group[0])
        merged.releases.append(_filled(winner, group))
        merged.issues.extend(
            Issue(row.tab, row.row, IssueKind.DUPLICATE, f"{row.name}: see {winner.tab}, row {winner.row}")
            for row in group
            if row is not winner
        )


def _filled(winner: Release, rows: list[Release]) -> Release:
    """Return the winner with its gaps filled; `rows` holds it too, newest first."""
    changes = {
        name: getattr(row, name)
        for row in reversed(rows)
        for name in FILLS_GAPS
        if getattr(row, name) and not getattr(winner, name)
    }
    marks = {"is_debut": any(row.is_debut for row in rows), "is_reissue": any(row.is_reissue for row in rows)}
    located = winner if winner.country else next((row for row in rows if row.country), winner)
    return replace(winner, country_codes=located.country_codes, **marks, **changes)


def _groups_by_spotify_album(rows: list[Release]) -> list[list[Release]]:
    """A row without a Spotify album joins the first group."""
    first_id = next((row.spotify_id for row in rows if row.spotify_id), "")
    return list(grouped(rows, lambda row: row.spotify_id or first_id).values())


def _shared_spotify_albums(releases: list[Release]) -> list[Issue]:
    return [
        Issue(release.tab, release.row, IssueKind.SHARED_SPOTIFY, f"{release.name}: {spotify_id}")
        for spotify_id, sharers in grouped(releases, lambda release: release.spotify_id).items()
        if spotify_id and len(sharers) > 1
        for release in sharers
    ]


def grouped(items: Iterable[Item], key: Callable[[Item], Key]) -> dict[Key, list[Item]]:
    groups: dict[Key, list[Item]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


def shortened(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"
