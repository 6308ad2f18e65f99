"""A catalog made for searching and filtering, and its page as a visitor narrows it down."""

from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from demo.workbook_cells import build_workbook
from tests.support.sheets import Cells, release_tab, sheet_row
from tests.support.site import Site

FILLERS = 60
ALBUMS = FILLERS + 5
CLEAN_DJENT = {"Genre / Subgenres": "Djent", "Vocal Style": "Clean"}
THIS_YEAR: tuple[Cells, ...] = (
    {"Artist": "Ålesund Drift", "Album": "Mère Lumière", "Country / State": "Norway", **CLEAN_DJENT},
    {"Artist": "Copper Weir", "Album": "Low Tide", "Country / State": "Finland", **CLEAN_DJENT},
    {"Artist": "Tin Canal", "Album": "High Tide", "Country / State": "Finland", "Genre / Subgenres": "Djent"}
    | {"Vocal Style": "Harsh", "Length": "EP"},
)
YEAR_BEFORE: tuple[Cells, ...] = (
    {"Artist": "Ålesund Drift", "Album": "First Light", "Country / State": "Norway", **CLEAN_DJENT},
    {"Artist": "Tin Canal", "Album": "Sluice", "Country / State": "Finland", "Genre / Subgenres": "Sludge metal"},
)


def catalog_workbook(*more: Cells) -> bytes:
    """Write 5 albums to choose among and 60 of as many genres, more than a panel has room for."""
    fillers = [
        {"Artist": f"Filler {number}", "Album": f"Side {number}", "Country / State": "Germany"}
        | {"Genre / Subgenres": f"Post-rock, Strange wave {number}", "Vocal Style": "Instrumental", "Spotify": None}
        for number in range(FILLERS)
    ]
    named = [{**row, "Spotify": None} for row in (*THIS_YEAR, *more)]
    before = [{**row, "Spotify": None} for row in YEAR_BEFORE]
    tabs = {"2025 Prog-metal": [*named, *fillers], "2024 Prog-metal": before}
    return build_workbook({name: release_tab(*map(sheet_row, rows)) for name, rows in tabs.items()})


def fill(site: Site, directory: Path, *more: Cells) -> None:
    """Let a site read such a sheet."""
    workbook = directory / "sheet.xlsx"
    workbook.write_bytes(catalog_workbook(*more))
    site.manage("sync_catalog", "--source", str(workbook), "--skip-spotify")


class BrowsePage:
    """A tab in which somebody looks for albums."""

    def __init__(self, page: Page, site_url: str) -> None:
        self.page = page
        self.url = f"{site_url}/catalog/"
        self.search = page.get_by_role("searchbox", name="Search albums")
        self.count = page.locator("#result-count")
        self.titles = page.locator("#album-results h3")
        self.note = page.locator("#browse-note")

    def open(self, query: str = "") -> "BrowsePage":
        """Load the page in one state."""
        self.page.goto(f"{self.url}?{query}" if query else self.url)
        return self

    def panel(self, name: str) -> Locator:
        """Return a group of choices."""
        return self.page.locator("details.facet").filter(has=self.page.locator(f"summary:text('{name}')"))

    def toggle_panel(self, name: str) -> Locator:
        """Open or close a group of choices."""
        panel = self.panel(name)
        panel.locator("summary").click()
        return panel

    def choice(self, panel: str, name: str) -> Locator:
        """Return the checkbox of a choice."""
        return self.panel(panel).get_by_role("checkbox", name=name)

    def word(self, panel: str, name: str) -> Locator:
        """Return the word beside the checkbox of a choice."""
        labels = self.panel(panel).locator("label").filter(has=self.page.get_by_role("checkbox", name=name))
        return labels.locator("span").first

    def choose(self, panel: str, name: str) -> None:
        """Click the word of a choice with the mouse, which does not press on the checkbox itself."""
        self.word(panel, name).click()

    def chip(self, name: str) -> Locator:
        """Return what takes a choice back."""
        return self.page.get_by_role("link", name=f"Remove {name}", exact=True)

    def expect_albums(self, count: int) -> None:
        """Wait until the page says how many albums there are."""
        expect(self.count).to_have_text(f"{count} album{'' if count == 1 else 's'}")

    def expect_query(self, query: str) -> None:
        """Wait until the address is about this and nothing else."""
        expect(self.page).to_have_url(f"{self.url}?{query}" if query else self.url)
