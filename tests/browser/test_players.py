"""Players of Spotify and Bandcamp: nobody hears of a visitor before the visitor asks."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import OpenPage
from tests.support.sheets import SPOTIFY_ID, bandcamp_link, release_sheet
from tests.support.site import Site

SPOTIFY, BANDCAMP = "open.spotify.com", "bandcamp.com"
# Names what makes a page scroll sideways.
TOO_WIDE = """[...document.querySelectorAll("*")]
  .filter((element) => element.getBoundingClientRect().right > innerWidth)
  .map((element) => element.outerHTML.slice(0, 120))"""


class Services:
    """Stand in for every host but the site's, and remember what each was asked."""

    def __init__(self, page: Page, site: Site) -> None:
        self.asked: dict[str, list[str]] = {}
        self._site_host = urlsplit(site.url).netloc
        page.route("**/*", self._answer)

    def _answer(self, route: Route) -> None:
        parts = urlsplit(route.request.url)
        if parts.netloc == self._site_host:
            route.continue_()
            return
        self.asked.setdefault(parts.netloc, []).append(parts.path)
        route.fulfill(content_type="text/html", body=f"<!doctype html><title>x</title><p>{parts.netloc} plays</p>")


@pytest.fixture
def filled_site(site: Site, tmp_path: Path) -> Site:
    """A site with one album that both services have."""
    workbook = tmp_path / "sheet.xlsx"
    workbook.write_bytes(release_sheet({"Bandcamp": bandcamp_link("album/salt-meridian")}))
    site.manage("sync_catalog", "--source", str(workbook), "--skip-spotify")
    return site


def open_album(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/catalog/")
    page.locator("#album-results").get_by_role("link", name="Salt Meridian").click()
    expect(page.locator("h1")).to_have_text("Salt Meridian")


def test_a_player_loads_when_its_button_is_pressed_and_not_before(filled_site: Site, page: Page) -> None:
    services = Services(page, filled_site)
    open_album(page, filled_site)
    page.wait_for_load_state("networkidle")
    assert services.asked == {}
    assert page.locator("iframe").count() == 0

    page.get_by_role("button", name="Play with Spotify").click()
    expect(page.frame_locator("iframe").locator("p")).to_have_text("open.spotify.com plays")
    assert services.asked == {SPOTIFY: [f"/embed/album/{SPOTIFY_ID}"]}
    frame = page.locator("iframe")
    expect(frame).to_have_attribute("title", "Spotify player: Salt Meridian by Lantern Fall")
    expect(frame).to_be_focused()
    expect(page.get_by_role("button", name="Play with Spotify")).to_have_count(0)

    page.get_by_role("button", name="Play with Bandcamp").click()
    bandcamp = page.frame_locator('iframe[title^="Bandcamp"]')
    expect(bandcamp.locator("p")).to_have_text("bandcamp.com plays")
    (path,) = services.asked[BANDCAMP]
    assert path.startswith("/EmbeddedPlayer/url=https%3A%2F%2Flanternfall.bandcamp.com%2Falbum%2Fsalt-meridian/")


def test_the_keyboard_starts_a_player(filled_site: Site, page: Page) -> None:
    services = Services(page, filled_site)
    open_album(page, filled_site)
    page.get_by_role("button", name="Play with Spotify").press("Enter")
    expect(page.frame_locator("iframe").locator("p")).to_have_text("open.spotify.com plays")
    assert list(services.asked) == [SPOTIFY]


def test_a_button_that_can_be_seen_can_be_pressed(filled_site: Site, page: Page) -> None:
    Services(page, filled_site)
    open_album(page, filled_site)
    held_back: list[Route] = []

    def hold_back(route: Route) -> None:
        held_back.append(route)

    page.route("**/js/marks*.js", hold_back)
    page.reload(wait_until="commit")
    page.get_by_role("button", name="Play with Spotify").click()
    expect(page.frame_locator("iframe").locator("p")).to_have_text("open.spotify.com plays")
    assert page.evaluate("document.readyState") != "complete"
    for route in held_back:
        route.continue_()


def test_a_player_fits_a_phone(filled_site: Site, open_page: OpenPage) -> None:
    page = open_page(viewport={"width": 375, "height": 700})
    Services(page, filled_site)
    open_album(page, filled_site)
    page.get_by_role("button", name="Play with Bandcamp").click()
    expect(page.frame_locator("iframe").locator("p")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.evaluate(TOO_WIDE)


def test_without_javascript_there_are_links_and_no_dead_buttons(filled_site: Site, open_page: OpenPage) -> None:
    page = open_page(java_script_enabled=False)
    services = Services(page, filled_site)
    open_album(page, filled_site)
    expect(page.get_by_role("button", name="Play with Spotify")).to_be_hidden()
    links = page.get_by_role("list", name="Listen or buy")
    spotify = links.get_by_role("link", name="Spotify")
    expect(spotify).to_have_attribute("href", f"https://open.spotify.com/album/{SPOTIFY_ID}")
    expect(links.get_by_role("link", name="Bandcamp")).to_be_visible()
    assert services.asked == {}
    spotify.click()
    expect(page.locator("p")).to_have_text("open.spotify.com plays")
