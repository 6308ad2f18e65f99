"""T049: what can go wrong, each said on the page with its cause and its remedy."""

import pytest
from playwright.sync_api import expect

from demo.behaviour import Export
from demo.standin import StandIn
from tests.browser.conftest import ChangeEnv, Complaints
from tests.support.catalog_page import CatalogPage
from tests.support.site import free_port
from tests.support.site_rows import SiteRows
from tests.support.staff import log_in_as_staff
from tests.support.syncing import invented_releases


def test_missing_credentials_are_named(
    change_env: ChangeEnv, catalog: CatalogPage, rows: SiteRows, complaints: Complaints
) -> None:
    complaints.expect("503 (Service Unavailable)")
    change_env(SPOTIFY_CLIENT_ID="", SPOTIFY_CLIENT_SECRET="")
    catalog.open().button.click()
    catalog.expect_end("error")
    catalog.expect_status(
        "Spotify credentials not configured.",
        "SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET are not set.",
        "Nothing was started and the catalog was not changed.",
    )
    assert rows.count("catalog_syncoperation") == 0
    assert "Spotify credentials not configured." in catalog.live.inner_text()


def test_wrong_credentials_keep_what_the_sheet_says(change_env: ChangeEnv, catalog: CatalogPage) -> None:
    change_env(SPOTIFY_CLIENT_SECRET="not the secret")
    catalog.open().sync("error")
    catalog.expect_status(
        "Spotify rejected the credentials.",
        "Check SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET.",
        "The sheet's data has been saved",
    )
    expect(catalog.tiles).to_have_count(50)


def test_an_unreachable_sheet_blames_the_connection(change_env: ChangeEnv, catalog: CatalogPage) -> None:
    change_env(GOOGLE_SHEETS_XLSX_URL=f"http://127.0.0.1:{free_port()}/export")
    catalog.open().sync("error")
    catalog.expect_status(
        "Unable to reach external services.",
        "Check GOOGLE_SHEETS_XLSX_URL and the server's internet connection if this happens again.",
        "The catalog was not changed.",
    )


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        ({"export": Export.SIGN_IN}, ["the sheet is not shared publicly", "anyone with the link can view"]),
        ({"export_status": 404}, ["GOOGLE_SHEETS_XLSX_URL"]),
        ({"export": Export.GARBAGE}, ["GOOGLE_SHEETS_XLSX_URL"]),
    ],
    ids=["not shared", "not found", "no workbook"],
)
def test_a_sheet_that_cannot_be_read_says_why(
    standin: StandIn, catalog: CatalogPage, behaviour: dict[str, object], words: list[str]
) -> None:
    standin.behaviour.change(behaviour)
    catalog.open().sync("error")
    catalog.expect_status(*words, "The catalog was not changed.")
    assert catalog.spoken()[-1] == " ".join(catalog.status.locator("p").all_inner_texts()[:2])


def test_a_session_that_has_ended_is_told(
    change_env: ChangeEnv, rows: SiteRows, catalog: CatalogPage, complaints: Complaints
) -> None:
    complaints.expect("403 (Forbidden)")
    change_env(SYNC_ACCESS="staff")
    log_in_as_staff(rows, catalog)
    catalog.open()
    catalog.page.context.clear_cookies(name="sessionid")
    catalog.button.click()
    catalog.expect_status("Only staff may sync.", "Nothing was started or stopped.")


def test_albums_that_failed_are_listed(catalog: CatalogPage, rows: SiteRows) -> None:
    refused = invented_releases()[7]
    rows.refuse_album(refused.title)
    catalog.open().sync("warning")
    catalog.expect_status("Sync completed with warnings: 59 of 60 albums updated, 1 failed.")
    failed = catalog.status.get_by_role("list", name="Albums that failed")
    expect(failed).to_contain_text(refused.artist)
    expect(failed).to_contain_text(refused.title)
    expect(failed).to_contain_text(f"{refused.tab}, row ")
    expect(catalog.numbers).to_contain_text("59 albums")
