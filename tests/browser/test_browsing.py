"""Finding albums: search, filters, chips, and the addresses that they make."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Position, Route, expect

from tests.browser.conftest import Complaints, OpenPage
from tests.support.browse_page import ALBUMS, BrowsePage, fill
from tests.support.site import Site

PHONE = {"width": 375, "height": 800}
PADDING: Position = {"x": 4, "y": 4}


@pytest.fixture(scope="module")
def filled_site(tmp_path_factory: pytest.TempPathFactory, site_template: Path) -> Iterator[Site]:
    """A site that all tests here read from and none writes to."""
    directory = tmp_path_factory.mktemp("browsing")
    with Site(directory=directory, template=site_template) as site:
        fill(site, directory)
        yield site


@pytest.fixture
def browse(filled_site: Site, page: Page) -> BrowsePage:
    """The catalog in one tab, not yet loaded."""
    return BrowsePage(page, filled_site.url)


# Search ------------------------------------------------------------------------------------


def test_typing_finds_albums_and_keeps_the_focus(browse: BrowsePage) -> None:
    browse.open()
    browse.expect_albums(ALBUMS)
    browse.search.press_sequentially("lumiere ales", delay=20)
    browse.expect_albums(1)
    expect(browse.titles).to_have_text(["Mère Lumière"])
    browse.expect_query("q=lumiere+ales")
    expect(browse.search).to_be_focused()
    expect(browse.search).to_have_value("lumiere ales")


def test_a_short_search_says_what_it_needs(browse: BrowsePage) -> None:
    browse.open("q=tide")
    browse.search.fill("ti")
    expect(browse.page.get_by_text("3 characters or more")).to_be_visible()
    browse.expect_query("")
    browse.expect_albums(ALBUMS)
    browse.search.fill("tid")
    expect(browse.page.get_by_text("3 characters or more")).to_be_hidden()
    browse.expect_albums(2)


def test_only_the_answer_to_the_latest_search_counts(browse: BrowsePage) -> None:
    held: list[Route] = []
    browse.open()
    browse.page.route("**/catalog/?q=filler", lambda route: held.append(route))  # noqa: PLW0108  (Playwright marks it)
    browse.search.fill("filler")
    expect(browse.page.locator("#album-results.htmx-request")).to_be_attached()
    browse.search.fill("sluice")
    browse.expect_albums(1)
    browse.page.unroute_all(behavior="ignoreErrors")
    expect(browse.page.locator("#album-results.htmx-request")).to_have_count(0)
    browse.expect_query("q=sluice")
    expect(browse.titles).to_have_text(["Sluice"])
    assert len(held) == 1


def test_an_answer_that_fails_keeps_the_albums_and_says_so(browse: BrowsePage, complaints: Complaints) -> None:
    complaints.expect("500 (Internal Server Error)")
    browse.open("genre=djent")
    browse.page.route("**/catalog/?q=*", lambda route: route.fulfill(status=500, body="<h1>No</h1>"))
    browse.search.fill("tide")
    expect(browse.note).to_contain_text("could not be loaded")
    browse.expect_albums(4)
    browse.expect_query("genre=djent")
    browse.page.unroute_all()
    browse.search.fill("low tide")
    browse.expect_albums(1)
    expect(browse.note).to_be_hidden()


# Filters -----------------------------------------------------------------------------------


def test_three_groups_together(browse: BrowsePage) -> None:
    browse.open()
    browse.toggle_panel("Genre")
    browse.choose("Genre", "Djent 4")
    browse.expect_albums(4)
    expect(browse.choice("Genre", "Djent 4")).to_be_visible()
    browse.choose("Genre", "Sludge metal 1")
    browse.expect_albums(5)
    browse.toggle_panel("Vocals")
    browse.choose("Vocals", "Clean 4")
    browse.expect_albums(4)
    browse.toggle_panel("Country")
    expect(browse.choice("Country", "Germany")).to_have_count(0)
    browse.choose("Country", "Finland 2")
    browse.expect_albums(2)
    expect(browse.titles).to_have_text(["Low Tide", "Sluice"])
    browse.expect_query("genre=djent&genre=sludge-metal&vocals=clean&country=FI")
    for name in ("Djent", "Sludge metal", "Clean", "Finland"):
        expect(browse.chip(name)).to_be_visible()


def test_an_open_panel_stays_open_and_one_that_is_left_closes(browse: BrowsePage) -> None:
    browse.open()
    genres = browse.toggle_panel("Genre")
    browse.choose("Genre", "Djent")
    browse.expect_albums(4)
    expect(genres).to_have_attribute("open", "")
    browse.search.click()
    expect(genres).not_to_have_attribute("open", "")


@pytest.mark.parametrize("part", [BrowsePage.word, BrowsePage.choice], ids=["word", "checkbox"])
def test_a_mouse_chooses_by_the_word_and_by_the_checkbox(
    browse: BrowsePage, part: Callable[[BrowsePage, str, str], Locator]
) -> None:
    genres = browse.open().toggle_panel("Genre")
    part(browse, "Genre", "Djent").click()
    browse.expect_albums(4)
    expect(genres).to_have_attribute("open", "")
    expect(browse.choice("Genre", "Djent")).to_be_checked()


@pytest.mark.parametrize("name", ["Genre", "More"])
def test_a_mouse_on_a_blank_spot_leaves_the_panel_open(browse: BrowsePage, name: str) -> None:
    panel = browse.open().toggle_panel(name)
    panel.locator(".panel").click(position=PADDING)
    expect(panel).to_have_attribute("open", "")
    browse.page.keyboard.press("Escape")
    expect(panel).not_to_have_attribute("open", "")
    expect(panel.locator("summary")).to_be_focused()


def test_a_long_group_lists_all_its_choices_to_whoever_looks_for_one(browse: BrowsePage) -> None:
    genres = browse.open().toggle_panel("Genre")
    expect(genres.get_by_role("checkbox")).to_have_count(40)
    genres.get_by_role("searchbox").fill("wave 59")
    expect(genres.get_by_role("checkbox")).to_have_count(1)
    browse.choose("Genre", "Strange wave 59")
    browse.expect_albums(1)
    expect(genres.get_by_role("searchbox")).to_have_value("wave 59")
    genres.get_by_role("searchbox").fill("no such")
    expect(genres.get_by_text("None by this name.")).to_be_visible()


def test_removing_a_chip_takes_one_choice_back(browse: BrowsePage) -> None:
    browse.open("genre=djent&vocals=clean&q=light")
    browse.expect_albums(1)
    browse.chip("Clean").click()
    browse.expect_query("q=light&genre=djent")
    expect(browse.chip("Djent")).to_be_focused()
    browse.chip("“light”").click()
    browse.expect_query("genre=djent")
    expect(browse.search).to_have_value("")
    browse.expect_albums(4)
    browse.toggle_panel("Vocals")
    expect(browse.choice("Vocals", "Clean")).not_to_be_checked()


def test_what_a_chip_took_back_can_be_searched_again(browse: BrowsePage) -> None:
    browse.open()
    browse.search.fill("light")
    browse.expect_albums(1)
    browse.chip("“light”").click()
    browse.expect_albums(ALBUMS)
    browse.search.fill("light")
    browse.expect_albums(1)


def test_a_finder_is_empty_again_once_the_albums_are_others(browse: BrowsePage) -> None:
    genres = browse.open().toggle_panel("Genre")
    genres.get_by_role("searchbox").fill("wave 59")
    expect(genres.get_by_role("checkbox")).to_have_count(1)
    browse.search.fill("filler")
    browse.expect_albums(60)
    browse.toggle_panel("Genre")
    expect(genres.get_by_role("searchbox")).to_have_value("")
    expect(genres.get_by_role("checkbox")).to_have_count(40)


def test_everything_can_be_cleared_at_once(browse: BrowsePage) -> None:
    browse.open("genre=djent&vocals=clean&q=light&sort=title")
    browse.page.get_by_role("link", name="Clear all").click()
    browse.expect_albums(ALBUMS)
    expect(browse.page.get_by_label("Sort")).to_have_value("title")
    browse.expect_query("sort=title")
    expect(browse.count).to_be_focused()


def test_no_result_says_what_to_loosen(browse: BrowsePage) -> None:
    browse.open("genre=djent&country=DE")
    results = browse.page.locator("#album-results")
    expect(results).to_contain_text("Without the filter “Genre”: 60 albums")
    expect(results).to_contain_text("Without the filter “Country”: 4 albums")
    results.get_by_role("link", name="Without the filter “Country”").click()
    browse.expect_albums(4)
    browse.expect_query("genre=djent")


# Addresses ---------------------------------------------------------------------------------


def test_back_and_forward_restore_each_state(browse: BrowsePage) -> None:
    browse.open()
    browse.toggle_panel("Genre")
    browse.choose("Genre", "Djent")
    browse.expect_albums(4)
    browse.search.fill("tide")
    browse.expect_albums(2)
    browse.page.go_back()
    browse.expect_albums(4)
    browse.expect_query("genre=djent")
    expect(browse.search).to_have_value("")
    browse.page.go_back()
    browse.expect_albums(ALBUMS)
    browse.toggle_panel("Genre")
    expect(browse.choice("Genre", "Djent")).not_to_be_checked()
    browse.page.go_forward()
    browse.expect_albums(4)
    browse.page.go_forward()
    browse.expect_albums(2)
    expect(browse.search).to_have_value("tide")
    expect(browse.chip("Djent")).to_be_visible()


def test_an_album_and_back(browse: BrowsePage) -> None:
    browse.open()
    browse.search.fill("sluice")
    browse.expect_albums(1)
    browse.titles.first.click()
    expect(browse.page.locator("h1.album-title")).to_have_text("Sluice")
    browse.page.go_back()
    browse.expect_albums(1)
    expect(browse.search).to_have_value("sluice")


def test_a_reload_keeps_the_state(browse: BrowsePage) -> None:
    browse.open()
    browse.toggle_panel("Genre")
    browse.choose("Genre", "Djent")
    browse.page.get_by_label("Sort").select_option("Title A–Z")
    expect(browse.titles.first).to_have_text("First Light")
    browse.page.reload()
    browse.expect_albums(4)
    expect(browse.titles.first).to_have_text("First Light")
    browse.toggle_panel("Genre")
    expect(browse.choice("Genre", "Djent")).to_be_checked()
    expect(browse.page.get_by_label("Sort")).to_have_value("title")


def test_the_page_size_is_remembered(browse: BrowsePage) -> None:
    browse.open()
    expect(browse.titles).to_have_count(50)
    browse.page.get_by_label("Albums a page").select_option("25 a page")
    expect(browse.titles).to_have_count(25)
    browse.expect_query("page_size=25")
    browse.page.reload()
    expect(browse.titles).to_have_count(25)
    browse.open("q=filler")
    expect(browse.titles).to_have_count(25)
    expect(browse.page.get_by_label("Albums a page")).to_have_value("25")


def test_a_new_search_begins_on_the_first_page(browse: BrowsePage) -> None:
    browse.open("page=2")
    expect(browse.titles).to_have_count(ALBUMS - 50)
    browse.search.fill("filler")
    browse.expect_albums(60)
    browse.expect_query("q=filler")
    browse.page.get_by_role("link", name="Next page").click()
    browse.expect_query("q=filler&page=2")
    expect(browse.titles).to_have_count(10)


# Ways to use it ----------------------------------------------------------------------------


def test_the_keyboard_alone_is_enough(browse: BrowsePage) -> None:
    browse.open()
    press = browse.page.keyboard.press
    browse.search.focus()
    for _ in range(3):
        press("Tab")
    expect(browse.panel("Genre").locator("summary")).to_be_focused()
    press("Enter")
    press("Tab")
    browse.page.keyboard.type("dje")
    press("Tab")
    expect(browse.choice("Genre", "Djent")).to_be_focused()
    press("Space")
    browse.expect_albums(4)
    expect(browse.choice("Genre", "Djent")).to_be_focused()
    press("Escape")
    expect(browse.panel("Genre")).not_to_have_attribute("open", "")
    expect(browse.panel("Genre").locator("summary")).to_be_focused()
    press("Enter")
    browse.panel("Genre").get_by_role("checkbox").last.focus()
    press("Tab")
    expect(browse.panel("Vocals").locator("summary")).to_be_focused()
    expect(browse.panel("Genre")).not_to_have_attribute("open", "")
    browse.chip("Djent").focus()
    press("Enter")
    browse.expect_albums(ALBUMS)


def test_a_phone_shows_the_filters_on_demand(filled_site: Site, open_page: OpenPage) -> None:
    browse = BrowsePage(open_page(viewport=PHONE, has_touch=True), filled_site.url).open()
    expect(browse.panel("Genre")).to_be_hidden()
    browse.page.locator("#filters > summary").tap()
    browse.panel("Genre").locator("summary").tap()
    browse.choice("Genre", "Djent").tap()
    browse.expect_albums(4)
    expect(browse.choice("Genre", "Djent")).to_be_visible()
    expect(browse.chip("Djent")).to_be_visible()
    form_width = "() => document.getElementById('browse-form').scrollWidth"
    assert browse.page.evaluate(form_width) <= PHONE["width"]


def test_without_a_script_the_form_is_sent_by_its_button(filled_site: Site, open_page: OpenPage) -> None:
    browse = BrowsePage(open_page(java_script_enabled=False), filled_site.url).open()
    browse.search.fill("drift")
    browse.toggle_panel("Year")
    browse.choose("Year", "2024")
    browse.page.get_by_role("button", name="Show albums").click()
    browse.expect_albums(1)
    expect(browse.titles).to_have_text(["First Light"])
    browse.chip("2024").click()
    browse.expect_albums(2)


def test_without_a_script_a_long_group_is_a_page(filled_site: Site, open_page: OpenPage) -> None:
    browse = BrowsePage(open_page(java_script_enabled=False), filled_site.url).open("vocals=instrumental")
    browse.toggle_panel("Genre").get_by_role("link", name="All 61").click()
    browse.page.get_by_role("checkbox", name="Strange wave 59").check()
    browse.page.get_by_role("button", name="Show albums").click()
    browse.expect_albums(1)
    expect(browse.chip("Instrumental")).to_be_visible()
    expect(browse.chip("Strange wave 59")).to_be_visible()


# Around it ---------------------------------------------------------------------------------


def test_a_sync_that_ends_renews_albums_and_counts(start_site: Callable[..., Site], tmp_path: Path, page: Page) -> None:
    site = start_site()
    fill(site, tmp_path)
    browse = BrowsePage(page, site.url).open("genre=djent")
    browse.expect_albums(4)
    fill(site, tmp_path, {"Artist": "Reed Barge", "Album": "New Water", "Genre / Subgenres": "Djent"})
    page.evaluate("document.body.dispatchEvent(new CustomEvent('syncCompleted', {bubbles: true}))")
    browse.expect_albums(5)
    expect(page.locator("#catalog-numbers")).to_contain_text(f"{ALBUMS + 1} albums")
    browse.expect_query("genre=djent")
    browse.toggle_panel("Genre")
    expect(browse.choice("Genre", "Djent 5")).to_be_checked()


def test_a_page_that_does_not_exist_offers_the_search(browse: BrowsePage, complaints: Complaints) -> None:
    complaints.expect("404 (Not Found)")
    browse.page.goto(f"{browse.url}albums/0/")
    browse.search.fill("sluice")
    browse.search.press("Enter")
    browse.expect_albums(1)
