"""T048: from an empty catalog to a full one, as a visitor sees it."""

import re
from itertools import pairwise

import pytest
from playwright.sync_api import Page, Route, expect

from demo.standin import StandIn
from tests.browser.conftest import Complaints, OpenPage
from tests.support.catalog_page import CatalogPage
from tests.support.syncing import invented_releases
from tests.support.waiting import wait_until

STAGES = ["fetching", "processing", "enriching", "finalizing"]
RELEASES = 60
LINKED = sum(bool(release.spotify_id) for release in invented_releases(RELEASES))


@pytest.fixture
def slow(standin: StandIn) -> StandIn:
    """The stand-in at a pace that the page can follow."""
    standin.behaviour.pace_seconds = 10
    return standin


def test_an_empty_catalog_says_what_to_do(catalog: CatalogPage) -> None:
    catalog.open()
    expect(catalog.numbers).to_contain_text("No albums yet. Sync Now reads the release sheet and fills the catalog.")
    expect(catalog.numbers).to_contain_text("Never synced")
    expect(catalog.button).to_be_enabled()
    expect(catalog.tiles).to_have_count(0)


@pytest.mark.usefixtures("slow")
def test_the_button_is_disabled_before_the_server_answers_and_says_so(catalog: CatalogPage) -> None:
    held: list[Route] = []
    catalog.page.route("**/catalog/sync/trigger/", lambda route: held.append(route))  # noqa: PLW0108  (it is marked)
    catalog.open().button.click()
    wait_until(lambda: catalog.button.is_disabled() and held)
    expect(catalog.button).to_have_text("Syncing…", use_inner_text=True)
    held[0].continue_()
    expect(catalog.status).to_have_attribute("data-active", "true")
    expect(catalog.button).to_be_disabled()
    expect(catalog.button).to_have_text("Syncing…", use_inner_text=True)


def test_a_first_sync_fills_the_page_without_a_reload(slow: StandIn, catalog: CatalogPage, open_page: OpenPage) -> None:
    catalog.open().start_sync()
    watched = _watch(catalog, open_page())
    catalog.expect_status("Fetching albums from Google Sheets…", "running for")
    catalog.expect_progress()
    expect(catalog.tiles).to_have_count(50)
    catalog.expect_status("Enriching with Spotify metadata…", f"of {LINKED}", "%")
    catalog.expect_end("success")
    catalog.expect_status("Sync complete!", f"{RELEASES} new of {RELEASES} albums", f"to {LINKED} albums")
    expect(catalog.numbers).to_contain_text(f"{RELEASES} albums")
    expect(catalog.numbers).to_contain_text(f"+{RELEASES} in the last sync")
    expect(catalog.numbers).to_contain_text("Last synced: just now")
    expect(catalog.page.locator("#album-results img").first).to_be_visible()
    catalog.expect_not_reloaded()
    _check_progress(catalog)
    _check_speech(catalog)
    _check_watched(watched)


def _watch(catalog: CatalogPage, page: Page) -> Page:
    """Open the page of the run that is active, and focus its log."""
    address = catalog.status.get_by_role("link", name="Log").get_attribute("href")
    page.goto(catalog.url.removesuffix("/catalog/") + (address or ""))
    page.locator("#run-log").focus()
    page.evaluate("window.log = document.activeElement")
    return page


def _check_watched(page: Page) -> None:
    """Fail where the log did not go on to the end of the run, or lost the focus meanwhile."""
    expect(page.locator("#stage-times + .bars li")).to_have_text([re.compile(r"\d s$")] * len(STAGES))
    expect(page.locator("#run-log li").first).to_contain_text("completed")
    expect(page.locator("#run-watch dl")).to_contain_text("Spotify")
    assert page.evaluate("document.activeElement.id === 'run-log' && document.activeElement === window.log")


def _check_progress(catalog: CatalogPage) -> None:
    """Fail where the stages lost their order, or a bar went back, passed its total or changed it."""
    bars = catalog.bars()
    stages = list(dict.fromkeys(bar.stage for bar in bars))
    assert stages == [stage for stage in STAGES if stage in stages]
    assert {"fetching", "enriching"} <= set(stages)
    assert [bar.stage for bar in bars] == sorted((bar.stage for bar in bars), key=STAGES.index)
    for before, after in pairwise(bar for bar in bars if bar.stage == "enriching"):
        assert (before.value or 0) <= (after.value or 0) <= (after.total or RELEASES)
        assert before.total in (None, after.total)


def _check_speech(catalog: CatalogPage) -> None:
    """Fail where more is spoken than one sentence a stage and the end."""
    spoken = catalog.spoken()
    stages = dict.fromkeys(bar.stage for bar in catalog.bars())
    assert len(spoken) == len(stages) + 1
    assert all(sentence.startswith("Sync running, step ") for sentence in spoken[:-1])
    assert spoken[-1].startswith("Sync complete!")


def test_a_reload_in_the_middle_shows_the_same_progress(slow: StandIn, catalog: CatalogPage) -> None:
    catalog.open().start_sync()
    catalog.expect_progress()
    before = catalog.bars()[-1]
    catalog.reload()
    expect(catalog.button).to_be_disabled()
    catalog.expect_state("running")
    catalog.expect_progress()
    assert (catalog.bars()[-1].value or 0) >= (before.value or 0)
    assert catalog.bars()[-1].total == before.total
    catalog.expect_end("success")


def test_a_second_sync_says_that_nothing_changed(catalog: CatalogPage) -> None:
    catalog.open().sync()
    catalog.sync("unchanged")
    catalog.expect_status("Everything was up to date. Checked", "rows in")
    expect(catalog.numbers).to_contain_text(f"{RELEASES} albums")
    expect(catalog.numbers).not_to_contain_text("in the last sync")


def test_a_second_tab_is_refused_and_follows_the_run(
    slow: StandIn, catalog: CatalogPage, open_page: OpenPage, complaints: Complaints
) -> None:
    complaints.expect("409 (Conflict)")
    other = CatalogPage(open_page(), catalog.url.removesuffix("/catalog/")).open()
    catalog.open().start_sync()
    other.button.click()
    other.expect_state("running")
    other.expect_status("A sync is already in progress.", "running for")
    other.expect_progress()
    catalog.expect_progress()
    assert {bar.total for tab in (catalog, other) for bar in tab.bars() if bar.stage == "enriching"} == {LINKED}
    other.expect_end("success")
    expect(other.tiles).to_have_count(50)
    expect(other.numbers).to_contain_text("Last synced: just now")
    other.expect_not_reloaded()
    catalog.expect_end("success")
