"""What a sheet or Spotify says is text on every page, whatever it looks like; `make soak` tries more of it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from demo.standin import StandIn
from tests.browser.conftest import SyncOnce
from tests.support.payloads import LINKS, TEXTS, Tripwire, publish_payloads, visit_everything
from tests.support.site import Site
from tests.support.site_rows import SiteRows
from tests.support.waiting import wait_until

# Playwright's `wait_for_function` would evaluate a string in the page, which the site's policy forbids.
IMAGES_ARE_LOADED = "document.images.length > 0 && [...document.images].every((image) => image.complete)"
FEW_TEXTS, FEW_LINKS = TEXTS[:5], LINKS[::4]


@pytest.fixture
def wire(browser: Browser) -> Iterator[Tripwire]:
    """A context that notes what fires; it has no ear for complaints, which broken covers make."""
    context = browser.new_context()
    yield Tripwire(context)
    context.close()


def test_no_cell_ever_becomes_a_script(
    site: Site, standin: StandIn, rows: SiteRows, wire: Tripwire, sync_once: SyncOnce
) -> None:
    tried = publish_payloads(standin, FEW_TEXTS, FEW_LINKS)
    sync_once()
    newest = rows.newest("catalog_album")
    assert rows.count("catalog_artist WHERE name LIKE '%<script>%'") >= 1
    assert rows.count("catalog_spotifyalbum WHERE state = 'found' AND name LIKE '%fire()%'") == len(FEW_TEXTS)
    # A sixth of them; nearly each column comes up with one text or another.
    albums = range(newest - rows.count("catalog_album") + 1, newest + 1, 6)
    runs = [rows.newest("catalog_syncoperation")]
    visited = visit_everything(wire, site.url, albums=albums, runs=runs, texts=FEW_TEXTS)
    assert tried > 90
    assert visited > len(albums)
    assert wire.fired == []


def test_the_wire_itself_works(site: Site, wire: Tripwire) -> None:
    page = wire.context.new_page()
    page.goto(f"{site.url}/catalog/")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=fire()>')")
    wait_until(lambda: page.evaluate(IMAGES_ARE_LOADED))
    wire.look(page)
    page.evaluate("alert(1)")
    assert len(wire.fired) >= 3
