"""When a tab that lost links keeps them."""

from dataclasses import dataclass, replace

from catalog.services.importing.guard import KEPT_LINKS
from catalog.services.importing.links import doubtful_links, with_links
from catalog.services.importing.plan import Plan, plan_import
from catalog.services.sheet.releases import Release
from tests.support.factories import make_known, make_release

METAL, ROCK = "2025 Prog-metal", "2025 Prog-rock"


def bandcamp(number: int) -> str:
    return f"https://lanternfall.bandcamp.com/album/{number}"


def rows(tab: str, count: int, *, linked: int, first_row: int = 7, **overrides: str) -> list[Release]:
    """Describe the rows of a tab of which the last ones have a Bandcamp link."""
    return [
        make_release(
            tab=tab,
            row=first_row + number,
            title=f"{tab} {number}",
            bandcamp_url=bandcamp(number) if number >= count - linked else "",
            **overrides,
        )
        for number in range(count)
    ]


@dataclass(frozen=True)
class KeptLinks:
    plan: Plan
    notices: list[str]


def kept(before: list[Release], now: list[Release]) -> KeptLinks:
    """Keep all links that are in doubt, as a run does until someone has answered."""
    known = [make_known(release, pk=pk) for pk, release in enumerate(before, 1)]
    plan = plan_import(now, known)
    doubts = doubtful_links(plan, known)
    items = {item for doubt in doubts for item in doubt.items}
    return KeptLinks(with_links(plan, items), [f"{doubt.reasons[0]} {KEPT_LINKS}" for doubt in doubts])


def test_a_fifth_of_a_tabs_links_may_go() -> None:
    result = kept(rows(METAL, 100, linked=100), rows(METAL, 100, linked=80))
    assert (len(result.plan.changed), result.plan.unchanged, result.notices) == (20, 80, [])


def test_of_more_than_a_fifth_all_stay() -> None:
    result = kept(rows(METAL, 100, linked=100), rows(METAL, 100, linked=79))
    assert (result.plan.changed, result.plan.unchanged) == ([], 100)
    assert result.notices == ["The tab “2025 Prog-metal” lost 21 of 100 Bandcamp links. They were kept in this run."]


def test_each_tab_and_each_service_is_judged_for_itself() -> None:
    tube = "https://youtube.example/a"
    before = rows(METAL, 20, linked=20, youtube_url=tube) + rows(ROCK, 20, linked=20, youtube_url=tube)
    now = rows(METAL, 20, linked=0, youtube_url=tube) + rows(ROCK, 20, linked=17)
    result = kept(before, now)
    assert result.notices == [
        "The tab “2025 Prog-metal” lost 20 of 20 Bandcamp links. They were kept in this run.",
        "The tab “2025 Prog-rock” lost 20 of 20 YouTube links. They were kept in this run.",
    ]
    assert {(release.tab, release.youtube_url) for _album, release in result.plan.changed} == {(ROCK, tube)}
    assert [release.bandcamp_url for _album, release in result.plan.changed] == [""] * 3


def test_what_else_changed_is_saved_and_what_moved_moves() -> None:
    before = rows(METAL, 10, linked=10)
    now = rows(METAL, 10, linked=0, first_row=8)
    now[0] = make_release(tab=METAL, row=8, title=f"{METAL} 0", format="EP")
    result = kept(before, now)
    ((_album, release),) = result.plan.changed
    assert (release.format, release.bandcamp_url) == ("EP", bandcamp(0))
    assert (len(result.plan.moved), result.plan.unchanged) == (9, 9)


def test_a_few_links_may_go_from_a_tab_that_has_few() -> None:
    result = kept(rows(METAL, 4, linked=4), rows(METAL, 4, linked=0))
    assert (len(result.plan.changed), result.notices) == (4, [])


def test_the_links_of_albums_that_are_gone_are_not_lost() -> None:
    result = kept(rows(METAL, 100, linked=100), rows(METAL, 100, linked=100)[:50])
    assert (result.plan.unchanged, result.notices) == (50, [])


def test_a_changed_link_is_not_lost() -> None:
    before = rows(METAL, 9, linked=9)
    result = kept(before, [replace(release, bandcamp_url=bandcamp(99)) for release in before])
    assert (len(result.plan.changed), result.notices) == (9, [])


def test_a_renamed_tab_is_judged_by_its_new_name() -> None:
    before, now = rows(METAL, 10, linked=10), rows(METAL, 10, linked=0)
    result = kept(before, [make_release(tab=ROCK, title=release.title) for release in now])
    assert result.notices == ["The tab “2025 Prog-rock” lost 10 of 10 Bandcamp links. They were kept in this run."]
    assert all(release.bandcamp_url for _album, release in result.plan.changed)
