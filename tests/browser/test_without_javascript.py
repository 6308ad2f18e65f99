"""The catalog and its sync as plain links, forms and redirects."""

import pytest
from playwright.sync_api import Response, expect

from demo.behaviour import Export
from demo.standin import StandIn
from tests.browser.conftest import ChangeEnv, Complaints, OpenPage, SyncOnce
from tests.support.catalog_page import CatalogPage
from tests.support.site import Site
from tests.support.site_rows import SiteRows


@pytest.fixture
def plain(site: Site, open_page: OpenPage) -> CatalogPage:
    """The catalog in a browser without JavaScript."""
    plain = CatalogPage(open_page(java_script_enabled=False), site.url)
    plain.page.goto(plain.url)
    return plain


def _press(plain: CatalogPage, name: str = "Sync Now") -> Response:
    """Press a button and wait for the page that follows; return the answer to the form itself, before any redirect."""
    posts = plain.page.expect_response(lambda response: response.request.method == "POST")
    with plain.page.expect_navigation(), posts as answer:
        plain.page.get_by_role("button", name=name).click()
    return answer.value


def test_the_catalog_is_paged_by_links(sync_once: SyncOnce, plain: CatalogPage) -> None:
    sync_once()
    plain.page.reload()
    expect(plain.numbers).to_contain_text("60 albums")
    expect(plain.numbers).to_contain_text("Last synced: just now")
    expect(plain.tiles).to_have_count(50)
    plain.page.get_by_role("link", name="Next page").click()
    expect(plain.tiles).to_have_count(10)
    plain.page.goto(f"{plain.url}?page_size=25")
    expect(plain.tiles).to_have_count(25)
    plain.page.get_by_role("link", name="Page 3", exact=True).click()
    expect(plain.tiles).to_have_count(10)
    plain.tiles.first.get_by_role("link").click()
    expect(plain.page.locator("h1.album-title")).to_be_visible()


def test_the_button_is_a_form_that_leads_back_to_the_running_sync(standin: StandIn, plain: CatalogPage) -> None:
    standin.behaviour.pace_seconds = 60
    answer = _press(plain)
    assert (answer.status, answer.headers["location"]) == (302, "/catalog/")
    expect(plain.status).to_have_attribute("data-state", "running")
    # Chromium parses the element as if there were scripts, and does not show it.
    assert "Reload the page to see how far it is." in plain.page.content()
    expect(plain.button).to_be_disabled()


def test_cancel_is_a_form(standin: StandIn, plain: CatalogPage, rows: SiteRows) -> None:
    standin.behaviour.pace_seconds = 60
    _press(plain)
    assert _press(plain, "Cancel").status == 302
    rows.wait_for_end()
    plain.page.reload()
    expect(plain.status).to_contain_text("Sync cancelled.")
    expect(plain.button).to_be_enabled()


def test_a_second_start_leads_to_the_running_sync(standin: StandIn, plain: CatalogPage, rows: SiteRows) -> None:
    standin.behaviour.pace_seconds = 60
    other = CatalogPage(plain.page.context.new_page(), plain.url.removesuffix("/catalog/"))
    other.page.goto(other.url)
    _press(plain)
    assert _press(other).status == 302
    expect(other.status).to_have_attribute("data-state", "running")
    assert rows.count("catalog_syncoperation") == 1


def test_dismiss_is_a_form(standin: StandIn, plain: CatalogPage, rows: SiteRows) -> None:
    standin.behaviour.export = Export.SIGN_IN
    _press(plain)
    rows.wait_for_end()
    plain.page.reload()
    expect(plain.status).to_contain_text("Google Sheets configuration error.")
    assert _press(plain, "Dismiss").status == 302
    expect(plain.status).not_to_contain_text("Google Sheets configuration error.")


def test_missing_credentials_are_a_page(change_env: ChangeEnv, plain: CatalogPage, complaints: Complaints) -> None:
    complaints.expect("503 (Service Unavailable)")
    # The page may still load its icon while the site restarts.
    complaints.expect_lost_connection()
    change_env(SPOTIFY_CLIENT_ID="")
    assert _press(plain).status == 503
    expect(plain.page.get_by_role("alert")).to_contain_text("Spotify credentials not configured.")
    expect(plain.page.get_by_role("alert")).to_contain_text("SPOTIFY_CLIENT_ID is not set.")
    plain.page.get_by_role("link", name="Back to the catalog").click()
    expect(plain.button).to_be_enabled()
