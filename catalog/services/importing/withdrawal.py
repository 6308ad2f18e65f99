"""Whether a sheet that lists less than before can be believed."""

from collections import Counter
from collections.abc import Iterable, Sequence

from catalog.services.importing.plan import Plan
from catalog.services.sheet.releases import TabReading, TabState

# A run that would withdraw a larger share of the catalog has likelier read a broken sheet.
LARGEST_WITHDRAWN_SHARE = 1 / 5


def reasons_to_keep(plan: Plan, readings: Sequence[TabReading]) -> list[str]:
    """Return why nothing may be withdrawn in this run, as sentences; none if the sheet can be believed."""
    if not plan.gone:
        return []
    reasons = lost_tabs(plan, readings)
    if len(plan.gone) > plan.visible * LARGEST_WITHDRAWN_SHARE:
        albums = "album" if plan.visible == 1 else "albums"
        reasons.append(f"The sheet no longer lists {len(plan.gone):,} of {plan.visible:,} {albums}.")
    return reasons


def lost_tabs(plan: Plan, readings: Sequence[TabReading]) -> list[str]:
    """Return a sentence for each tab that could not be read, or that lists none of its albums any more."""
    unread = [reading for reading in readings if reading.state == TabState.FAILED]
    return [
        *(f"The tab “{reading.name}” could not be read: {reading.note}" for reading in unread),
        *(f"The tab “{tab}” no longer lists any release." for tab in emptied_tabs(plan, readings)),
    ]


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
