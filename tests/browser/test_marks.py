"""Marks without accounts: kept in the browser, shown on tiles, filtered by, carried in a file."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from demo.behaviour import Behaviour
from demo.standin import StandIn
from tests.browser.conftest import OpenPage
from tests.support.catalog_page import CatalogPage
from tests.support.environment import settings_for
from tests.support.site import Site
from tests.support.syncing import invented_releases

FULL_STORAGE = (
    """() => { Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); }; }"""
)
FORBIDDEN_STORAGE = (
    """Object.defineProperty(window, "localStorage", {get() { throw new DOMException("no", "SecurityError"); }})"""
)
SHOWN_WITH_ONE_OF_EACH = {
    "Hide not for me": 49,
    "Only unmarked": 47,
    "Only later": 1,
    "Only listened": 1,
    "Only not for me": 1,
    "Marks: all albums": 50,
}
BAD_FILES = (
    b"",
    b"\xff\xd8\xff\xe0 a picture",
    b"[]",
    b"null",
    b'{"marks": []}',
    b'{"format": "progmetal-marks", "version": 2, "marks": []}',
    b'{"format": "progmetal-marks", "version": 1, "marks": {}}',
    b'{"format": "progmetal-marks", "version": 1, "marks": [1, null, {"mark": "later"}]}',
)
TOUCH = {"viewport": {"width": 375, "height": 812}, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def filled_site(
    running_standin: StandIn, tmp_path_factory: pytest.TempPathFactory, site_template: Path
) -> Iterator[Site]:
    """A site with 60 albums; marks are in the browser, so no test changes anything of it."""
    running_standin.behaviour = Behaviour()
    running_standin.publish(invented_releases())
    directory = tmp_path_factory.mktemp("marks")
    with Site(directory=directory, env=settings_for(running_standin), template=site_template) as site:
        site.manage("sync_catalog")
        yield site


@pytest.fixture
def filled(filled_site: Site, page: Page) -> CatalogPage:
    """The first page of the catalog: 50 of its albums."""
    catalog = CatalogPage(page, filled_site.url).open()
    expect(catalog.tiles).to_have_count(50)
    return catalog


def mark(scope: Locator | Page, name: str) -> Locator:
    return scope.get_by_role("button", name=name, exact=True)


def press(tile: Locator, name: str) -> None:
    tile.hover()
    mark(tile, name).click()


def is_pressed(tile: Locator, name: str) -> None:
    expect(mark(tile, name)).to_have_attribute("aria-pressed", "true")


def show(page: Page, choice: str) -> None:
    page.get_by_label("Marks", exact=True).select_option(choice)


def visible_tiles(page: Page) -> Locator:
    return page.locator("#album-results article:visible")


def export(page: Page) -> dict[str, Any]:
    page.get_by_text("Your marks").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as a file").click()
    assert download.value.suggested_filename.startswith("progmetal-marks-")
    return json.loads(Path(download.value.path()).read_text())


def import_file(page: Page, content: bytes) -> None:
    page.locator("#marks-import").set_input_files(
        {"name": "marks.json", "mimeType": "application/json", "buffer": content}
    )


def note(page: Page) -> Locator:
    return page.locator("#marks-note")


def test_a_mark_survives_a_reload_and_is_on_the_album_page_too(filled: CatalogPage, page: Page) -> None:
    press(filled.tiles.nth(2), "Later")
    is_pressed(filled.tiles.nth(2), "Later")
    page.reload()
    is_pressed(filled.tiles.nth(2), "Later")
    filled.tiles.nth(2).get_by_role("link").click()
    album = page.locator("article.album")
    is_pressed(album, "Later")
    mark(album, "Listened").click()
    expect(mark(album, "Later")).to_have_attribute("aria-pressed", "false")
    page.go_back()
    is_pressed(filled.tiles.nth(2), "Listened")


def test_a_mark_is_taken_back_by_pressing_it_again(filled: CatalogPage, page: Page) -> None:
    tile = filled.tiles.first
    press(tile, "Listened")
    press(tile, "Listened")
    expect(tile.locator(".mark[aria-pressed=true]")).to_have_count(0)
    page.reload()
    expect(mark(filled.tiles.first, "Listened")).to_have_attribute("aria-pressed", "false")


def test_marks_and_their_filter_survive_the_refresh_after_a_sync(filled: CatalogPage, page: Page) -> None:
    title = filled.tiles.nth(1).get_by_role("link").inner_text()
    press(filled.tiles.nth(1), "Not for me")
    show(page, "Hide not for me")
    expect(visible_tiles(page)).to_have_count(49)
    with page.expect_response(lambda response: response.url.endswith("/catalog/") and response.request.method == "GET"):
        filled.start_sync()
        filled.expect_status("Everything was up to date.")
    filled.expect_not_reloaded()
    expect(visible_tiles(page)).to_have_count(49)
    expect(page.locator("#marks-hidden")).to_have_text("1 of the 50 albums on this page hidden")
    show(page, "Only not for me")
    expect(visible_tiles(page).get_by_role("link")).to_have_text([title])


def test_the_filter_says_how_many_it_hides(filled: CatalogPage, page: Page) -> None:
    for number, name in enumerate(("Listened", "Later", "Not for me")):
        press(filled.tiles.nth(number), name)
    for choice, count in SHOWN_WITH_ONE_OF_EACH.items():
        show(page, choice)
        expect(visible_tiles(page)).to_have_count(count)
        hidden = f"{50 - count} of the 50 albums on this page hidden" if count < 50 else ""
        expect(page.locator("#marks-hidden")).to_have_text(hidden)


def test_a_tile_that_its_mark_hides_hands_the_focus_on(filled: CatalogPage, page: Page) -> None:
    show(page, "Only unmarked")
    press(filled.tiles.first, "Later")
    expect(visible_tiles(page)).to_have_count(49)
    expect(filled.tiles.nth(1).locator(".mark").first).to_be_focused()


def test_another_tab_shows_a_mark_at_once(filled: CatalogPage, page: Page) -> None:
    other = page.context.new_page()
    other.goto(filled.url)
    press(filled.tiles.first, "Listened")
    is_pressed(other.locator("#album-results article").first, "Listened")


def test_the_keyboard_reaches_the_marks_in_one_stop_and_arrows_lead_on(filled: CatalogPage, page: Page) -> None:
    filled.tiles.first.get_by_role("link").focus()
    page.keyboard.press("Tab")
    expect(mark(filled.tiles.first, "Listened")).to_be_focused()
    expect(mark(filled.tiles.first, "Later")).to_have_css("opacity", "1")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    is_pressed(filled.tiles.first, "Later")
    expect(mark(filled.tiles.first, "Later")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(mark(filled.tiles.first, "Not for me")).to_be_focused()
    page.keyboard.press("Tab")
    expect(filled.tiles.nth(1).get_by_role("link")).to_be_focused()


def test_on_a_touch_screen_the_marks_are_always_there(filled_site: Site, open_page: OpenPage) -> None:
    phone = open_page(**TOUCH)
    phone.goto(f"{filled_site.url}/catalog/")
    button = mark(phone.locator("#album-results article").first, "Later")
    expect(button).to_have_css("opacity", "1")
    box = button.bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 44
    button.tap()
    is_pressed(phone.locator("#album-results article").first, "Later")


def test_a_file_carries_marks_to_another_browser(filled: CatalogPage, page: Page, open_page: OpenPage) -> None:
    press(filled.tiles.nth(0), "Listened")
    press(filled.tiles.nth(3), "Not for me")
    saved = export(page)
    assert [entry["mark"] for entry in saved["marks"]] == ["listened", "not-for-me"]
    # As from a catalog that was built anew: the numbers of its albums are others.
    for entry in saved["marks"]:
        entry["album_id"] = "999"
    other = open_page()
    other.goto(filled.url)
    import_file(other, json.dumps(saved).encode())
    expect(note(other)).to_have_text("2 marks read: 2 new, 0 changed.")
    tiles = other.locator("#album-results article")
    is_pressed(tiles.nth(0), "Listened")
    is_pressed(tiles.nth(3), "Not for me")


def test_of_two_marks_the_later_one_holds(filled: CatalogPage, page: Page) -> None:
    press(filled.tiles.nth(0), "Listened")
    press(filled.tiles.nth(1), "Listened")
    saved = export(page)
    older, newer = saved["marks"]
    older.update(mark="later", marked_at="2020-01-01T00:00:00Z")
    newer.update(mark="later", marked_at="2999-01-01T00:00:00Z")
    import_file(page, json.dumps(saved).encode())
    expect(note(page)).to_have_text("2 marks read: 0 new, 1 changed.")
    is_pressed(filled.tiles.nth(0), "Listened")
    is_pressed(filled.tiles.nth(1), "Later")


def test_a_bad_file_gets_a_sentence_and_changes_nothing(filled: CatalogPage, page: Page) -> None:
    press(filled.tiles.first, "Later")
    for content in BAD_FILES:
        filled.page.locator("h1").click()
        expect(note(page)).to_be_empty()
        import_file(page, content)
        expect(note(page)).to_have_text("This file holds no marks of progmetal. Nothing was changed.")
    is_pressed(filled.tiles.first, "Later")


def test_what_makes_no_sense_in_a_file_is_left_out_and_markup_stays_text(filled: CatalogPage, page: Page) -> None:
    press(filled.tiles.first, "Later")
    saved = export(page)
    good = saved["marks"][0] | {"marked_at": "2999-01-01T00:00:00Z", "name": "<img src=x onerror=alert(1)>"}
    bad = [good | {"mark": "loved"}, good | {"artist_key": "a" * 401}, good | {"marked_at": "soon"}]
    import_file(page, json.dumps(saved | {"marks": [good, *bad]}).encode())
    expect(note(page)).to_have_text("1 mark read: 0 new, 0 changed. 3 entries made no sense and stayed out.")
    expect(page.locator("img[src=x]")).to_have_count(0)


def test_without_marks_there_is_nothing_to_save(filled: CatalogPage, page: Page) -> None:
    page.get_by_text("Your marks").click()
    page.get_by_role("button", name="Save as a file").click()
    expect(note(page)).to_have_text("There are no marks to save yet.")


def test_full_storage_is_told(filled: CatalogPage, page: Page) -> None:
    page.evaluate(FULL_STORAGE)
    press(filled.tiles.first, "Later")
    expect(note(page)).to_contain_text("Your browser did not keep that")
    expect(mark(filled.tiles.first, "Later")).to_have_attribute("aria-pressed", "false")


def test_forbidden_storage_is_told(filled: CatalogPage, page: Page) -> None:
    page.add_init_script(FORBIDDEN_STORAGE)
    page.reload()
    press(filled.tiles.first, "Later")
    expect(note(page)).to_contain_text("Your browser did not keep that")


def test_nothing_of_it_is_sent(filled: CatalogPage, page: Page) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(f"{request.method} {request.url} {request.post_data}"))
    press(filled.tiles.first, "Later")
    show(page, "Only later")
    export(page)
    assert [request for request in sent if "blob:" not in request] == []


def test_without_javascript_there_is_nothing_to_press(filled_site: Site, open_page: OpenPage) -> None:
    plain = open_page(java_script_enabled=False)
    plain.goto(f"{filled_site.url}/catalog/")
    expect(plain.locator("#album-results article")).to_have_count(50)
    expect(plain.locator(".mark, #marks-shown, .marks-file")).to_have_count(0)
