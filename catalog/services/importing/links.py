"""Whether a tab that lost many of its links can be believed."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from catalog.services.importing.plan import KnownAlbum, Pairs, Plan
from catalog.services.sheet.releases import Release
from catalog.vocabulary.links import SERVICES

# A tab that loses a larger share of its links to a service was likelier pasted as plain values.
LARGEST_LOST_SHARE = 1 / 5
FEWEST_LOST = 5  # Fewer are an edit, also in a tab with hardly any link.
NAMES = {service.column: service.name for service in SERVICES.values()}

Place = tuple[str, str]  # A tab, and the column of a service.


@dataclass(frozen=True)
class KeptLinks:
    """A plan in which albums keep the links that must not go, and sentences that say which."""

    plan: Plan
    notices: list[str]


def keep_lost_links(plan: Plan, known: Collection[KnownAlbum]) -> KeptLinks:
    """Keep the links to a service in tabs that lose more than a fifth of them."""
    lost = Counter((release.tab, column) for album, release in plan.changed for column in _lost_links(album, release))
    if not lost:
        return KeptLinks(plan, [])
    before = _linked(plan, known)
    kept = {
        place: f"{count:,} of {before[place]:,} {NAMES[place[1]]} links"
        for place, count in lost.items()
        if count >= FEWEST_LOST and count > before[place] * LARGEST_LOST_SHARE
    }
    return KeptLinks(_with_links(plan, kept) if kept else plan, _notices(kept))


def _lost_links(album: KnownAlbum, release: Release) -> Iterator[str]:
    if not album.is_withdrawn:
        yield from (column for column in NAMES if getattr(album, column) and not getattr(release, column))


def _linked(plan: Plan, known: Collection[KnownAlbum]) -> Counter[Place]:
    """Count the links that albums had which the sheet still lists, by the tab in which they stand now."""
    tabs = {album.pk: release.tab for album, release in plan.changed}
    gone = {album.pk for album in plan.gone}
    stay = (album for album in known if not album.is_withdrawn and album.pk not in gone)
    return Counter(
        (tabs.get(album.pk, album.tab), column) for album in stay for column in NAMES if getattr(album, column)
    )


def _with_links(plan: Plan, kept: Collection[Place]) -> Plan:
    pairs: Pairs = []
    for album, release in plan.changed:
        lost = {column for column in _lost_links(album, release) if (release.tab, column) in kept}
        pairs.append((album, replace(release, **{column: getattr(album, column) for column in lost})))
    result = replace(plan, changed=[], moved=list(plan.moved))
    result.add(pairs)
    return result


def _notices(kept: dict[Place, str]) -> list[str]:
    tabs = dict.fromkeys(tab for tab, _column in kept)
    return [
        f"The tab “{tab}” lost {' and '.join(words for place, words in kept.items() if place[0] == tab)}. "
        "They were kept in this run."
        for tab in tabs
    ]
