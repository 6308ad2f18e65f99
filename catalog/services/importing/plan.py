"""Which release of an export is which album of the catalog; nothing here reads or writes a database."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from catalog.services.sheet.releases import Release, grouped

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
    withdrawn_at: datetime | None = None

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


def plan_import(releases: Collection[Release], known: Collection[KnownAlbum]) -> Plan:
    """Match releases with albums: by artist and title first, then by a link that only the two share."""
    pairs, new, left = _match_by_name(releases, known)
    for identity in IDENTITIES:
        telling = _once(map(identity, releases)) & _once(identity(album) for album in known if not album.is_withdrawn)
        renamed, new, left = _match_by_link(new, left, identity, telling)
        pairs += renamed
    plan = Plan(
        new=new,
        gone=[album for album in left if not album.is_withdrawn],
        visible=sum(not album.is_withdrawn for album in known),
    )
    for album, release in pairs:
        if album.is_withdrawn or album.fingerprint != release.fingerprint:
            plan.changed.append((album, release))
        else:
            plan.unchanged += 1
            if album.row != release.row:
                plan.moved.append((album, release))
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


# Links by which a renamed album is found again. A Bandcamp address may be that of a band's front page.
IDENTITIES: tuple[Callable[[KnownAlbum | Release], str], ...] = (
    lambda item: item.spotify_id,
    lambda item: item.bandcamp_url if "/album/" in item.bandcamp_url else "",
)


def _once(links: Iterable[str]) -> set[str]:
    return {link for link, count in Counter(links).items() if link and count == 1}


def _match_by_link(
    new: list[Release], left: list[KnownAlbum], identity: Callable[[KnownAlbum | Release], str], telling: set[str]
) -> tuple[Pairs, list[Release], list[KnownAlbum]]:
    """Pair releases with renamed albums that share one of the links in `telling`, each of which occurs once."""
    albums = {identity(album): album for album in left if not album.is_withdrawn and identity(album) in telling}
    pairs = [(albums[identity(release)], release) for release in new if identity(release) in albums]
    renamed_releases = {id(release) for _album, release in pairs}
    renamed_albums = {album.pk for album, _release in pairs}
    return (
        pairs,
        [release for release in new if id(release) not in renamed_releases],
        [album for album in left if album.pk not in renamed_albums],
    )
