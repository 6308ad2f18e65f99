"""Which release of an export is which album of the catalog; nothing here reads or writes a database."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from difflib import SequenceMatcher
from typing import NamedTuple

from catalog.services.sheet.releases import Release, grouped
from catalog.vocabulary.dates import DatePrecision
from catalog.vocabulary.folding import search_form

NEAR_TITLES = 0.9  # *Deathwatch* and *Deathmatch*; *Light* and *Night* are two albums.
LONGEST_COMPARED = 100
# Titles that differ in one of these are parts of a series, however alike they are.
NUMERAL = re.compile(r"\d+|[ivxlcdm]+|\w|one|two|three|four|five|six|seven|eight|nine|ten")

Pairs = list[tuple["KnownAlbum", Release]]


class KnownAlbum(NamedTuple):
    pk: int
    artist_key: str
    title_key: str
    spotify_id: str
    bandcamp_url: str
    fingerprint: str
    tab: str
    row: int
    release_date: date | None = None
    release_precision: str = ""
    youtube_url: str = ""
    amazon_url: str = ""
    apple_music_url: str = ""
    withdrawn_at: datetime | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.artist_key, self.title_key

    @property
    def is_withdrawn(self) -> bool:
        return self.withdrawn_at is not None


@dataclass
class Plan:
    """A *changed* album has another fingerprint or comes back; a *moved* one only stands in another row.

    `gone` are those of the `visible` albums that no release matches.
    """

    new: list[Release] = field(default_factory=list)
    changed: Pairs = field(default_factory=list)
    moved: Pairs = field(default_factory=list)
    unchanged: int = 0
    visible: int = 0
    gone: list[KnownAlbum] = field(default_factory=list)

    def add(self, pairs: Pairs) -> None:
        for album, release in pairs:
            if album.is_withdrawn or album.fingerprint != release.fingerprint:
                self.changed.append((album, release))
            else:
                self.unchanged += 1
                if album.row != release.row:
                    self.moved.append((album, release))


def plan_import(releases: Collection[Release], known: Collection[KnownAlbum]) -> Plan:
    """Match releases with albums: by artist and title first, then by what only the two share."""
    pairs, new, left = _match_by_name(releases, known)
    visible = [album for album in known if not album.is_withdrawn]
    gone = [album for album in left if not album.is_withdrawn]
    for identity, agree in SHARED:
        if new and gone:
            renamed, new, gone = _match_by_identity(new, gone, identity, agree, among=(releases, visible))
            pairs += renamed
    respelled, new, gone = _match_by_identity(new, gone, _artist_and_tab, _is_respelled, among=(new, gone))
    pairs += respelled
    plan = Plan(new=new, gone=gone, visible=len(visible))
    plan.add(pairs)
    return plan


def _match_by_name(
    releases: Collection[Release], known: Collection[KnownAlbum]
) -> tuple[Pairs, list[Release], list[KnownAlbum]]:
    """Pair what has the same artist and title; return the pairs and what is left on both sides."""
    albums_by_key = grouped(known, lambda album: (album.artist_key, album.title_key))
    pairs: Pairs = []
    new: list[Release] = []
    for key, namesakes in grouped(releases, lambda release: release.key).items():
        albums = albums_by_key.get(key, [])
        for release in sorted(namesakes, key=lambda release: not _has_same_spotify_album(release, albums)):
            album = min(albums, key=lambda album: _distance(album, release), default=None)
            if album is None:
                new.append(release)
            else:
                albums.remove(album)
                pairs.append((album, release))
    return pairs, new, [album for albums in albums_by_key.values() for album in albums]


def _has_same_spotify_album(release: Release, albums: list[KnownAlbum]) -> bool:
    return any(album.spotify_id == release.spotify_id for album in albums)


def _distance(album: KnownAlbum, release: Release) -> tuple[bool, bool, bool, int]:
    """Order namesakes by likelihood: same Spotify album, visible, same tab, oldest."""
    return album.spotify_id != release.spotify_id, album.is_withdrawn, album.tab != release.tab, album.pk


Identity = Callable[[KnownAlbum | Release], Hashable]
Agreement = Callable[[KnownAlbum, Release], bool]


def _spotify_album(item: KnownAlbum | Release) -> str:
    return item.spotify_id


def _bandcamp_album(item: KnownAlbum | Release) -> str:
    """A Bandcamp address names an album, but for that of a band's front page."""
    return item.bandcamp_url if "/album/" in item.bandcamp_url else ""


LINKS = (_spotify_album, _bandcamp_album)


def _links_agree(album: KnownAlbum, release: Release) -> bool:
    links = ((link(album), link(release)) for link in LINKS)
    return all(old == new or not old or not new for old, new in links)


def _artist_and_words(item: KnownAlbum | Release) -> Hashable:
    artist, title = item.key
    words = tuple(_words(title))
    return (artist, words) if words else None


def _artist_and_day(item: KnownAlbum | Release) -> Hashable:
    return (item.tab, item.release_date, item.key[0]) if _has_day(item) else None


def _title_and_day(item: KnownAlbum | Release) -> Hashable:
    return (item.tab, item.release_date, item.key[1]) if _has_day(item) else None


def _artist_and_tab(item: KnownAlbum | Release) -> Hashable:
    return item.tab, item.key[0]


def _has_day(item: KnownAlbum | Release) -> bool:
    return item.release_date is not None and item.release_precision == DatePrecision.DAY


def _words(title: str) -> list[str]:
    return re.findall(r"\w+", search_form(title))


def _is_respelled(album: KnownAlbum, release: Release) -> bool:
    """Whether titles by one artist in one tab are nearly the same, and nothing says that they are two albums."""
    is_another_day = _has_day(album) and _has_day(release) and album.release_date != release.release_date
    old, new = (title[:LONGEST_COMPARED] for title in (album.title_key, release.key[1]))
    if is_another_day or not _links_agree(album, release) or _numerals(old) != _numerals(new):
        return False
    return SequenceMatcher(None, old, new, autojunk=False).ratio() >= NEAR_TITLES


def _numerals(title: str) -> list[str]:
    return [word for word in _words(title) if NUMERAL.fullmatch(word)]


# What finds a renamed album again where it occurs once in the sheet and once in the catalog, the surest first.
SHARED: tuple[tuple[Identity, Agreement], ...] = (
    (_spotify_album, lambda _album, _release: True),
    (_bandcamp_album, lambda _album, _release: True),
    (_artist_and_words, _links_agree),
    (_artist_and_day, _links_agree),
    (_title_and_day, _links_agree),
)


def _once(identities: Iterable[Hashable]) -> set[Hashable]:
    return {identity for identity, count in Counter(identities).items() if identity and count == 1}


def _match_by_identity(
    new: list[Release],
    gone: list[KnownAlbum],
    identity: Identity,
    agree: Agreement,
    *,
    among: tuple[Iterable[Release], Iterable[KnownAlbum]],
) -> tuple[Pairs, list[Release], list[KnownAlbum]]:
    """Pair releases with the albums of the same identity, where it occurs once in each collection of `among`."""
    telling = _once(map(identity, among[0])) & _once(map(identity, among[1]))
    albums = {identity(album): album for album in gone if identity(album) in telling}
    candidates = ((albums.get(identity(release)), release) for release in new)
    pairs = [(album, release) for album, release in candidates if album and agree(album, release)]
    renamed_releases = {id(release) for _album, release in pairs}
    renamed_albums = {album.pk for album, _release in pairs}
    return (
        pairs,
        [release for release in new if id(release) not in renamed_releases],
        [album for album in gone if album.pk not in renamed_albums],
    )
