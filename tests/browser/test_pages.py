"""The pages by keyboard, on a phone, in both themes, and what they ask of the network."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Request, ViewportSize, expect

from demo.standin import StandIn
from tests.browser.conftest import Complaints, OpenPage, SyncOnce
from tests.support.catalog_page import CatalogPage
from tests.support.site import Site
from tests.support.site_rows import SiteRows

PHONE: ViewportSize = {"width": 375, "height": 700}
LONG_NAME = "Unüberschaubare" + "wortungetümskonstruktion" * 8
GROUND = "getComputedStyle(document.documentElement).backgroundColor"


@pytest.fixture
def filled(sync_once: SyncOnce, catalog: CatalogPage) -> CatalogPage:
    """The catalog, synced and open."""
    sync_once()
    return catalog.open()


def _focused(page: Page) -> str:
    return page.evaluate("(document.activeElement.ariaLabel || document.activeElement.innerText).trim()")


def _is_marked(page: Page) -> bool:
    """Tell whether the focus can be seen, on the element or on the tile that it stands for."""
    return page.evaluate("""() => [document.activeElement, document.activeElement.closest(".tile")].some((element) => {
      if (!element) return false;
      const {outlineStyle, outlineWidth} = getComputedStyle(element);
      return outlineStyle !== "none" && parseFloat(outlineWidth) >= 1;
    })""")


def _assert_fits(page: Page) -> None:
    page.wait_for_load_state()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "The page scrolls sideways."


def test_the_skip_link_is_first_and_leads_to_the_content(filled: CatalogPage) -> None:
    filled.page.keyboard.press("Tab")
    assert _focused(filled.page) == "Skip to the content"
    expect(filled.page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    filled.page.keyboard.press("Enter")
    assert filled.page.evaluate("document.activeElement.id") == "main"


def test_the_keyboard_alone_reaches_a_sync_and_an_album(filled: CatalogPage) -> None:
    page = filled.page
    seen = []
    while "Sync Now" not in seen and len(seen) < 30:
        page.keyboard.press("Tab")
        seen.append(_focused(page))
        assert _is_marked(page), f"{seen[-1]} does not show its focus."
    assert seen.index("progmetal, to the catalog") < seen.index("Catalog") < seen.index("Sync Now")
    page.keyboard.press("Enter")
    filled.expect_end("unchanged")
    assert _focused(page) == "Sync Now"
    filled.tiles.first.get_by_role("link").focus()
    assert _is_marked(page)
    page.keyboard.press("Enter")
    expect(page.locator("h1.album-title")).to_be_visible()


def test_nothing_scrolls_sideways_on_a_phone(
    standin: StandIn, site: Site, open_page: OpenPage, complaints: Complaints
) -> None:
    complaints.expect("404 (Not Found)")
    phone = CatalogPage(open_page(viewport=PHONE, has_touch=True), site.url).open()
    _assert_fits(phone.page)
    standin.behaviour.pace_seconds = 4
    phone.start_sync()
    phone.expect_progress()
    _assert_fits(phone.page)
    phone.expect_end("success")
    _assert_fits(phone.page)
    phone.page.goto(phone.page.url + "albums/0/")
    _assert_fits(phone.page)


def test_very_long_names_stay_inside_their_tile(filled: CatalogPage, rows: SiteRows) -> None:
    rows.execute("UPDATE catalog_album SET title = ?, country = ?", LONG_NAME, LONG_NAME)
    rows.execute("UPDATE catalog_artist SET name = ? || id", LONG_NAME)
    filled.page.set_viewport_size(PHONE)
    filled.reload()
    _assert_fits(filled.page)
    title = filled.tiles.first.locator(".tile-title")
    expect(title).to_have_attribute("title", LONG_NAME)
    assert title.evaluate("e => e.clientHeight <= 2.2 * parseFloat(getComputedStyle(e).lineHeight)")
    title.get_by_role("link").click()
    expect(filled.page.locator("h1.album-title")).to_have_text(LONG_NAME)
    _assert_fits(filled.page)


def test_the_chosen_theme_is_there_before_the_first_paint(catalog: CatalogPage) -> None:
    page = catalog.page
    page.emulate_media(color_scheme="dark")
    catalog.open()
    dark = page.evaluate(GROUND)
    page.get_by_role("button", name="Switch to light theme").click()
    expect(page.get_by_role("button", name="Switch to dark theme")).to_be_visible()
    light = page.evaluate(GROUND)
    assert light != dark
    # As soon as there is a body, before any script that waits for the document.
    page.add_init_script(f"""new MutationObserver((_, observer) => {{
      if (!document.body) return;
      window.firstGround = {GROUND};
      observer.disconnect();
    }}).observe(document, {{childList: true, subtree: true}});""")
    page.reload()
    assert page.evaluate("window.firstGround") == light
    assert page.evaluate(GROUND) == light


def test_the_theme_follows_the_system_until_one_is_chosen(catalog: CatalogPage) -> None:
    catalog.page.emulate_media(color_scheme="light")
    catalog.open()
    light = catalog.page.evaluate(GROUND)
    catalog.page.emulate_media(color_scheme="dark")
    assert catalog.page.evaluate(GROUND) != light


def test_a_cover_that_does_not_load_leaves_its_drawn_tile(
    filled: CatalogPage, standin: StandIn, complaints: Complaints
) -> None:
    complaints.expect("ERR_FAILED")
    filled.page.route(f"{standin.url}/**", lambda route: route.abort())
    filled.reload()
    cover = filled.tiles.first.locator(".cover")
    expect(cover.locator("img")).to_have_count(0)
    expect(cover.locator("svg")).to_be_visible()


def test_an_unknown_address_says_so_and_leads_back(catalog: CatalogPage, complaints: Complaints) -> None:
    complaints.expect("404 (Not Found)")
    answer = catalog.page.goto(f"{catalog.url}albums/0/")
    assert answer is not None
    assert answer.status == 404
    expect(catalog.page.get_by_role("heading", level=1)).to_have_text("There is no page at this address.")
    catalog.page.get_by_role("link", name="To the catalog", exact=True).click()
    expect(catalog.button).to_be_visible()


def test_only_covers_come_from_another_host(site: Site, standin: StandIn, catalog: CatalogPage) -> None:
    asked: list[Request] = []

    def note(request: Request) -> None:
        asked.append(request)

    catalog.page.on("request", note)
    catalog.open().sync()
    catalog.tiles.first.get_by_role("link").click()
    expect(catalog.page.locator("h1.album-title")).to_be_visible()
    elsewhere = [request for request in asked if not request.url.startswith(f"{site.url}/")]
    assert {urlsplit(request.url).netloc for request in elsewhere} == {urlsplit(standin.url).netloc}
    assert {request.resource_type for request in elsewhere} == {"image"}


@pytest.mark.parametrize("path", ["catalog/", "catalog/albums/0/", "catalog/sync/status/"])
def test_every_answer_carries_a_strict_policy(catalog: CatalogPage, path: str) -> None:
    answer = catalog.page.request.get(catalog.url.replace("catalog/", path))
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-" not in policy
