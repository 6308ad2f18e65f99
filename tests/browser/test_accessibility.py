"""axe-core finds nothing to complain about, in either theme."""

from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from demo.behaviour import Export
from demo.standin import StandIn
from tests.browser.conftest import Complaints, OpenPage, SyncOnce
from tests.support.catalog_page import CatalogPage
from tests.support.site import Site
from tests.support.site_rows import SiteRows
from tests.support.staff import log_in_as_staff
from tests.support.syncing import invented_releases

OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
# A theme changes colours and nothing else, so the second one is judged by the rules about colours alone.
OPTIONS_FOR_COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
THEMES: tuple[tuple[Literal["dark", "light"], dict[str, Any]], ...] = (
    ("dark", OPTIONS),
    ("light", OPTIONS_FOR_COLOURS),
)
RELEASES = 12


@pytest.fixture
def catalog(standin: StandIn, site: Site, open_page: OpenPage) -> CatalogPage:
    """The catalog, with few albums."""
    # Each tile costs axe-core time, and they are all alike.
    standin.publish(invented_releases(RELEASES))
    page = open_page(reduced_motion="reduce", viewport={"width": 1280, "height": 900})
    return CatalogPage(page, site.url)


def _violations(page: Page) -> list[str]:
    """Name what axe-core finds in either theme."""
    page.wait_for_load_state()
    violations = []
    for theme, options in THEMES:
        page.emulate_media(color_scheme=theme)
        found: list[dict[str, Any]] = Axe().run(page, options=options).response["violations"]
        violations += [f"{theme}, {rule['id']}: {node['html']}" for rule in found for node in rule["nodes"]]
    return violations


def test_pages_of_a_synced_catalog(sync_once: SyncOnce, catalog: CatalogPage) -> None:
    sync_once()
    catalog.open()
    expect(catalog.tiles).to_have_count(RELEASES)
    assert _violations(catalog.page) == []
    catalog.tiles.first.get_by_role("link").click()
    expect(catalog.page.locator("h1.album-title")).to_be_visible()
    assert _violations(catalog.page) == []


@pytest.mark.parametrize("path", ["releases/", "releases/2025-11-28/", "stats/", "syncs/"])
def test_other_pages(sync_once: SyncOnce, catalog: CatalogPage, path: str) -> None:
    sync_once()
    catalog.page.goto(f"{catalog.url}{path}")
    for table in catalog.page.locator("details").all():
        table.evaluate("details => details.open = true")
    assert _violations(catalog.page) == []


def test_a_run_and_its_findings(sync_once: SyncOnce, catalog: CatalogPage) -> None:
    sync_once()
    catalog.page.goto(f"{catalog.url}syncs/")
    catalog.page.locator(".runs a").first.click()
    expect(catalog.page.get_by_role("heading", name="Tabs of the sheet")).to_be_visible()
    assert _violations(catalog.page) == []
    catalog.page.goto(f"{catalog.page.url}issues/")
    expect(catalog.page.get_by_role("heading", level=1)).to_be_visible()
    assert _violations(catalog.page) == []


def test_what_a_run_held_back(sync_once: SyncOnce, standin: StandIn, catalog: CatalogPage) -> None:
    sync_once()
    standin.publish(invented_releases(RELEASES)[:2])
    sync_once()
    catalog.open()
    catalog.page.get_by_role("link", name="Accept or keep what was held back").click()
    expect(catalog.page.get_by_role("heading", name="What was held back")).to_be_visible()
    assert _violations(catalog.page) == []
    catalog.page.get_by_role("button", name="Accept").first.click()
    expect(catalog.page.get_by_role("heading", name="Accept this?")).to_be_visible()
    assert _violations(catalog.page) == []


def test_the_doctor(rows: SiteRows, standin: StandIn, catalog: CatalogPage) -> None:
    standin.behaviour.export = Export.SIGN_IN
    log_in_as_staff(rows, catalog)
    catalog.page.goto(f"{catalog.url}doctor/")
    assert _violations(catalog.page) == []
    catalog.page.get_by_role("button", name="Ask now").click()
    expect(catalog.page.get_by_role("heading", level=1)).to_have_text("Doctor: one thing to mend")
    assert _violations(catalog.page) == []


def test_a_page_that_does_not_exist(catalog: CatalogPage, complaints: Complaints) -> None:
    complaints.expect("404 (Not Found)")
    catalog.page.goto(f"{catalog.url}albums/0/")
    assert _violations(catalog.page) == []


def test_an_empty_catalog_and_a_running_sync(standin: StandIn, catalog: CatalogPage) -> None:
    standin.behaviour.pace_seconds = 60
    catalog.open()
    assert _violations(catalog.page) == []
    catalog.start_sync()
    catalog.expect_progress(at_least=0)
    assert _violations(catalog.page) == []
    catalog.status.get_by_role("link", name="Log").click()
    expect(catalog.page.get_by_role("log")).to_be_visible()
    assert _violations(catalog.page) == []


def test_a_sync_that_failed(standin: StandIn, catalog: CatalogPage) -> None:
    standin.behaviour.export = Export.SIGN_IN
    catalog.open().sync("error")
    assert _violations(catalog.page) == []
