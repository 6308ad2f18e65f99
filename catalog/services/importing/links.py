"""Whether a tab that lost many of its links can be believed."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import replace

from catalog.models.held_back import HeldBack, Item
from catalog.services.importing.doubts import Doubt
from catalog.services.importing.plan import KnownAlbum, Pairs, Plan
from catalog.services.sheet.releases import Release
from catalog.vocabulary.links import SERVICES

# A tab that loses a larger share of its links to a service was likelier pasted as plain values.
LARGEST_LOST_SHARE = 1 / 5
FEWEST_LOST = 5  # Fewer are an edit, also in a tab with hardly any link.
NAMES = {service.column: service.name for service in SERVICES.values()}

Place = tuple[str, str]  # A tab, and the column of a service.


def doubtful_links(plan: Plan, known: Collection[KnownAlbum]) -> list[Doubt]:
    """Return for each tab the links to services of which it loses more than a fifth."""
    lost: dict[Place, set[Item]] = {}
    for album, release in plan.changed:
        for column in _lost_links(album, release):
            lost.setdefault((release.tab, column), set()).add((album.pk, column))
    if not lost:
        return []
    before = _linked(plan, known)
    doubtful = {
        place: items
        for place, items in lost.items()
        if len(items) >= FEWEST_LOST and len(items) > before[place] * LARGEST_LOST_SHARE
    }
    return [_doubt(tab, doubtful, before) for tab in dict.fromkeys(tab for tab, _column in doubtful)]


def with_links(plan: Plan, kept: Collection[Item]) -> Plan:
    """Return a plan in which albums keep these links."""
    pairs: Pairs = []
    for album, release in plan.changed:
        lost = {column for column in _lost_links(album, release) if (album.pk, column) in kept}
        pairs.append((album, replace(release, **{column: getattr(album, column) for column in lost})))
    result = replace(plan, changed=[], moved=list(plan.moved))
    result.add(pairs)
    return result


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


def _doubt(tab: str, doubtful: dict[Place, set[Item]], before: Counter[Place]) -> Doubt:
    own = {place: items for place, items in doubtful.items() if place[0] == tab}
    words = [f"{len(items):,} of {before[place]:,} {NAMES[place[1]]} links" for place, items in own.items()]
    items = frozenset[Item]().union(*own.values())
    return Doubt(HeldBack.Kind.LINKS, tab, items, (f"The tab “{tab}” lost {' and '.join(words)}.",))
