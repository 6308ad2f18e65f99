"""Whether a sheet that lists less than before can be believed."""

from collections import Counter
from collections.abc import Iterable, Sequence

from catalog.models.held_back import HeldBack
from catalog.services.importing.doubts import Doubt, whole_albums
from catalog.services.importing.plan import Plan
from catalog.services.sheet.releases import TabReading, TabState, grouped

# A run that would withdraw a larger share of the catalog has likelier read a broken sheet.
LARGEST_WITHDRAWN_SHARE = 1 / 5
Kind = HeldBack.Kind


def doubtful_withdrawals(plan: Plan, readings: Sequence[TabReading]) -> list[Doubt]:
    """Return what should not be withdrawn without an answer: each tab that is gone, and all others if they are many."""
    if not plan.gone:
        return []
    by_tab = grouped(plan.gone, lambda album: album.tab)
    emptied = emptied_tabs(plan, readings)
    doubts = [Doubt(Kind.TAB, tab, whole_albums(by_tab[tab]), (no_longer_lists(tab),)) for tab in emptied]
    others = [album for album in plan.gone if album.tab not in emptied]
    reasons = unread_tabs(readings)
    if len(others) > plan.visible * LARGEST_WITHDRAWN_SHARE:
        albums = "album" if plan.visible == 1 else "albums"
        reasons.append(f"The sheet no longer lists {len(others):,} of {plan.visible:,} {albums}.")
    if others and reasons:
        doubts.append(Doubt(Kind.WITHDRAWALS, "", whole_albums(others), tuple(reasons)))
    return doubts


def unread_tabs(readings: Sequence[TabReading]) -> list[str]:
    """Return a sentence for each tab that could not be read."""
    unread = (reading for reading in readings if reading.state == TabState.FAILED)
    return [f"The tab “{reading.name}” could not be read: {reading.note}" for reading in unread]


def no_longer_lists(tab: str) -> str:
    return f"The tab “{tab}” no longer lists any release."


def renamed_tabs(plan: Plan, readings: Iterable[TabReading]) -> dict[str, str]:
    """Return {old name: new name} of tabs whose albums mostly stand in a tab of another name now."""
    filled = {reading.name for reading in readings if reading.releases}
    before = Counter(album.tab for album, _release in plan.changed if album.tab not in filled)
    before.update(album.tab for album in plan.gone if album.tab not in filled)
    moves = Counter((album.tab, release.tab) for album, release in plan.changed if album.tab in before)
    return {old: new for (old, new), count in moves.items() if count > before[old] / 2}


def emptied_tabs(plan: Plan, readings: Sequence[TabReading]) -> list[str]:
    """Return the tabs that list nothing although albums of them are gone."""
    accounted = {reading.name for reading in readings if reading.releases or reading.state == TabState.FAILED}
    accounted |= renamed_tabs(plan, readings).keys()
    return sorted({album.tab for album in plan.gone} - accounted)
