"""How a sync ends otherwise: cancelled, failed, interrupted; and what is left of the message."""

from playwright.sync_api import expect

from demo.behaviour import Export
from demo.standin import StandIn
from tests.browser.conftest import Complaints
from tests.support.catalog_page import CatalogPage
from tests.support.site import Site
from tests.support.site_rows import SiteRows

INTERRUPTED = (
    "The last sync was interrupted. It gave no sign of life for 30 seconds: its server or worker was stopped, "
    "the database was away, or a clock was changed. Nothing was lost."
)


def test_cancel_ends_the_sync_long_before_its_time(standin: StandIn, catalog: CatalogPage) -> None:
    standin.behaviour.pace_seconds = 60
    standin.behaviour.export_bytes_per_second = len(standin.workbook)
    catalog.open().start_sync()
    catalog.expect_progress(at_least=0)
    catalog.cancel.click()
    catalog.expect_state("cancelled")
    catalog.expect_end("cancelled")
    catalog.expect_status("Sync cancelled. What was already saved stays")
    expect(catalog.tiles).to_have_count(50)
    catalog.tiles.first.get_by_role("link").click()
    expect(catalog.page.locator("h1.album-title")).to_be_visible()


def test_a_sync_after_a_cancelled_one_completes_the_rest(
    standin: StandIn, catalog: CatalogPage, rows: SiteRows
) -> None:
    standin.behaviour.pace_seconds = 60
    catalog.open().start_sync()
    catalog.cancel.click()
    catalog.expect_state("cancelled")
    standin.behaviour.pace_seconds = 0
    catalog.sync("success")
    expect(catalog.numbers).to_contain_text("60 albums")
    assert rows.count("catalog_spotifyalbum WHERE state = 'unchecked'") == 0


def test_a_failure_survives_a_reload_until_it_is_dismissed(standin: StandIn, catalog: CatalogPage) -> None:
    standin.behaviour.export = Export.SIGN_IN
    catalog.open().sync("error")
    catalog.reload()
    catalog.expect_state("error")
    catalog.expect_status("Google Sheets configuration error.")
    catalog.dismiss.click()
    expect(catalog.status).not_to_contain_text("Google Sheets configuration error.")
    catalog.reload()
    expect(catalog.dismiss).to_have_count(0)
    expect(catalog.status).not_to_contain_text("Google Sheets configuration error.")


def test_a_dismissed_message_makes_room_for_the_next(standin: StandIn, catalog: CatalogPage) -> None:
    standin.behaviour.export = Export.SIGN_IN
    catalog.open().sync("error")
    catalog.dismiss.click()
    expect(catalog.dismiss).to_have_count(0)
    standin.behaviour.export = Export.WORKBOOK
    catalog.sync("success")
    catalog.expect_status("Sync complete!")


def test_an_interrupted_sync_says_so_and_can_be_started_again(
    standin: StandIn, catalog: CatalogPage, site: Site, rows: SiteRows, complaints: Complaints
) -> None:
    complaints.expect_lost_connection()
    standin.behaviour.pace_seconds = 60
    catalog.open().start_sync()
    catalog.expect_progress(at_least=0)
    site.kill()
    site.start()
    rows.backdate_heartbeat()
    catalog.reload()
    catalog.expect_status(INTERRUPTED)
    catalog.reload()
    catalog.expect_status(INTERRUPTED)
    standin.behaviour.pace_seconds = 0
    catalog.sync("success")
    expect(catalog.numbers).to_contain_text("60 albums")


def test_a_failure_keeps_the_last_success(standin: StandIn, catalog: CatalogPage) -> None:
    catalog.open().sync("success")
    standin.behaviour.export = Export.GARBAGE
    catalog.sync("error")
    expect(catalog.numbers).to_contain_text("Last synced: just now")
    expect(catalog.tiles).to_have_count(50)
