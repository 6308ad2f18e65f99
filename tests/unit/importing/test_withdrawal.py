"""When a sheet that lists less than before is believed."""

from catalog.services.importing.plan import Plan, plan_import
from catalog.services.importing.withdrawal import doubtful_withdrawals, renamed_tabs
from catalog.services.sheet.releases import Release, TabReading, TabState
from tests.support.factories import make_known, make_release

METAL, ROCK = "2025 Prog-metal", "2025 Prog-rock"


def rows(tab: str, count: int, *, first: int = 0) -> list[Release]:
    return [make_release(tab=tab, row=number, title=f"{tab} {number}") for number in range(first, first + count)]


def moved(releases: list[Release], tab: str) -> list[Release]:
    return [make_release(tab=tab, row=release.row, title=release.title) for release in releases]


def reading(releases: list[Release], tab: str) -> TabReading:
    own = [release for release in releases if release.tab == tab]
    return TabReading(tab, TabState.READ if own else TabState.NO_RELEASES, releases=own)


def plan(before: list[Release], now: list[Release]) -> Plan:
    return plan_import(now, [make_known(release, pk=pk) for pk, release in enumerate(before, 1)])


def reasons(before: list[Release], now: list[Release], *readings: TabReading) -> list[str]:
    readings = readings or (reading(now, METAL), reading(now, ROCK))
    return [reason for doubt in doubtful_withdrawals(plan(before, now), readings) for reason in doubt.reasons]


def test_a_fifth_of_the_catalog_may_go() -> None:
    assert reasons(rows(METAL, 10), rows(METAL, 8)) == []


def test_more_than_a_fifth_may_not() -> None:
    assert reasons(rows(METAL, 1100), rows(METAL, 90)) == ["The sheet no longer lists 1,010 of 1,100 albums."]
    assert reasons(rows(METAL, 10), rows(METAL, 7)) == ["The sheet no longer lists 3 of 10 albums."]


def test_a_single_album_is_no_plural() -> None:
    one = rows(METAL, 1)
    assert reasons(one, [], TabReading(METAL, TabState.READ, releases=one)) == [
        "The sheet no longer lists 1 of 1 album."
    ]


def test_a_tab_that_failed_keeps_every_album() -> None:
    before = rows(METAL, 20) + rows(ROCK, 1)
    failed = TabReading(ROCK, TabState.FAILED, "The column Album is missing.")
    assert reasons(before, rows(METAL, 20), reading(rows(METAL, 20), METAL), failed) == [
        "The tab “2025 Prog-rock” could not be read: The column Album is missing."
    ]


def test_a_tab_that_is_empty_or_deleted_keeps_every_album() -> None:
    before, now = rows(METAL, 20) + rows(ROCK, 1), rows(METAL, 20)
    sentence = "The tab “2025 Prog-rock” no longer lists any release."
    assert reasons(before, now, reading(now, METAL), reading(now, ROCK)) == [sentence]
    assert reasons(before, now, reading(now, METAL)) == [sentence]


def test_an_empty_tab_that_never_had_albums_is_no_reason() -> None:
    assert reasons(rows(METAL, 10), rows(METAL, 9)) == []


def test_a_failed_tab_is_no_reason_where_nothing_is_gone() -> None:
    failed = TabReading(ROCK, TabState.FAILED, "The tab is damaged.")
    assert reasons(rows(METAL, 3), rows(METAL, 3), reading(rows(METAL, 3), METAL), failed) == []


def test_a_tab_whose_albums_moved_to_a_new_name_was_renamed() -> None:
    before = rows(METAL, 20) + rows(ROCK, 5)
    now = rows(METAL, 20) + moved(rows(ROCK, 4), "2025 Rock")
    readings = [reading(now, METAL), reading(now, "2025 Rock")]
    assert renamed_tabs(plan(before, now), readings) == {ROCK: "2025 Rock"}
    assert reasons(before, now, *readings) == []


def test_a_tab_that_stays_but_is_empty_was_renamed_too() -> None:
    before = rows(METAL, 20) + rows(ROCK, 5)
    now = rows(METAL, 20) + moved(rows(ROCK, 4), "2025 Rock")
    readings = [reading(now, METAL), reading(now, ROCK), reading(now, "2025 Rock")]
    assert renamed_tabs(plan(before, now), readings) == {ROCK: "2025 Rock"}
    assert reasons(before, now, *readings) == []


def test_half_of_the_albums_make_no_new_name() -> None:
    before = rows(METAL, 20) + rows(ROCK, 4)
    now = rows(METAL, 20) + moved(rows(ROCK, 2), METAL)
    assert renamed_tabs(plan(before, now), [reading(now, METAL)]) == {}
    assert reasons(before, now, reading(now, METAL)) == ["The tab “2025 Prog-rock” no longer lists any release."]


def test_a_tab_that_still_lists_albums_was_not_renamed() -> None:
    before = rows(ROCK, 10)
    now = rows(ROCK, 1) + moved(rows(ROCK, 9, first=1), METAL)
    assert renamed_tabs(plan(before, now), [reading(now, METAL), reading(now, ROCK)]) == {}
