"""Photograph the sample catalog for the documentation: `python -m tests.screenshots`."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from demo.behaviour import Behaviour, Export
from demo.sample import sample_releases
from demo.standin import StandIn
from tests.support.catalog_page import CatalogPage
from tests.support.chromium import ensure_chromium, launch_arguments
from tests.support.environment import settings_for
from tests.support.site import PROJECT, Site
from tests.support.site_rows import SiteRows

FOLDER = PROJECT / "docs" / "screenshots"
RELEASES = 240
# Width and height in pixels; what lies below is not worth its bytes.
SIZES = ((375, 700), (768, 800), (1440, 840))
THEMES = ("dark", "light")
PACE_SECONDS = 30
# Pages that a visitor reaches from the catalog, by the name of their picture.
PAGES = {
    "week": "catalog/releases/",
    "numbers": "catalog/stats/",
    "history": "catalog/syncs/",
    "run": "catalog/syncs/{run}/",
}


class Photographer:
    """Takes each view at all widths, in both themes."""

    def __init__(self, browser: Browser, site: Site) -> None:
        self._site = site
        self._pages = {
            (width, theme): browser.new_page(
                viewport={"width": width, "height": height}, color_scheme=theme, reduced_motion="reduce"
            )
            for width, height in SIZES
            for theme in THEMES
        }

    def take(self, name: str, path: str) -> None:
        """Photograph the page at this address."""
        for (width, theme), page in self._pages.items():
            answer = page.goto(f"{self._site.url}/{path}", wait_until="networkidle")
            if answer is None or not answer.ok:
                raise RuntimeError(f"{path} answers {answer and answer.status}.")
            page.screenshot(path=FOLDER / f"{name}-{width}-{theme}.png")
        sys.stdout.write(f"{name}: {len(self._pages)} pictures\n")

    def dismiss(self) -> None:
        """Let every visitor dismiss how the sync ended."""
        for page in self._pages.values():
            catalog = CatalogPage(page, self._site.url).open()
            catalog.dismiss.click()
            catalog.dismiss.wait_for(state="detached")

    def first_page(self) -> Page:
        """Return one of the pages, to act with."""
        return next(iter(self._pages.values()))


def main() -> None:
    """Sync the sample once, and photograph what there is to see on the way."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    releases = sample_releases(RELEASES, today=datetime.now().astimezone().date())
    with StandIn(releases) as standin, _photographed(standin) as (taken, site):
        _take_views(taken, CatalogPage(taken.first_page(), site.url), standin, _rows(site))


@contextmanager
def _photographed(standin: StandIn) -> Iterator[tuple[Photographer, Site]]:
    env = settings_for(standin) | {"PROGMETAL_SAMPLE": "1"}
    with (
        tempfile.TemporaryDirectory() as directory,
        Site(directory=Path(directory), env=env) as site,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=ensure_chromium(), args=launch_arguments())
        yield Photographer(browser, site), site
        browser.close()


def _take_views(taken: Photographer, catalog: CatalogPage, standin: StandIn, rows: SiteRows) -> None:
    standin.behaviour.pace_seconds = PACE_SECONDS
    catalog.open().start_sync()
    catalog.expect_progress(RELEASES // 4)
    taken.take("running", "catalog/")
    standin.behaviour = Behaviour()
    catalog.open().expect_end("success")
    taken.dismiss()
    _take_pages(taken, rows)
    standin.behaviour.export = Export.SIGN_IN
    catalog.open().sync("error")
    taken.take("error", "catalog/")


def _take_pages(taken: Photographer, rows: SiteRows) -> None:
    run = rows.newest("catalog_syncoperation")
    for name, path in PAGES.items():
        taken.take(name, path.format(run=run))
    taken.take("list", "catalog/?page=2")
    taken.take("detail", f"catalog/albums/{rows.newest('catalog_album WHERE is_debut')}/")


def _rows(site: Site) -> SiteRows:
    return SiteRows(site.directory / "site.sqlite3")


if __name__ == "__main__":
    main()
