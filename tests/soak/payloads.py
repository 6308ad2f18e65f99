"""Every payload in every column, and every page in a real browser."""

from playwright.sync_api import sync_playwright

from demo.standin import StandIn
from tests.soak.outcome import Outcome, Stage, stage
from tests.support.chromium import ensure_chromium, launch_arguments
from tests.support.payloads import TEXTS, Tripwire, publish_payloads, visit_everything


def try_payloads(postgres_url: str) -> Outcome:
    """Sync a sheet of payloads and visit everything."""
    standin = StandIn()
    tried = publish_payloads(standin)
    # A row without an artist or a title is no album, nor are rows that repeat another.
    with stage(standin, postgres_url) as running:
        running.site.manage("sync_catalog")
        albums = [pk for (pk,) in running.database.rows("SELECT id FROM catalog_album")]
        visited, fired = _visit(running, albums)
    outcome = Outcome(f"payloads tried: {tried}; fired: {len(fired)}", fired)
    outcome.check(holds=len(albums) > len(TEXTS), sentence=f"The sheet of payloads made only {len(albums)} albums.")
    print(f"  {len(albums)} albums, {visited} pages", flush=True)
    return outcome


def _visit(running: Stage, albums: list[int]) -> tuple[int, list[str]]:
    executable = ensure_chromium()
    runs = [pk for (pk,) in running.database.rows("SELECT id FROM catalog_syncoperation")]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=launch_arguments())
        wire = Tripwire(browser.new_context())
        visited = visit_everything(wire, running.site.url, albums=albums, runs=runs)
        browser.close()
    return visited, wire.fired
