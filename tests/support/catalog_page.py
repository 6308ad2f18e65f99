"""The catalog page as a visitor uses it."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page, expect

from tests.support.waiting import wait_until

SYNC_TIMEOUT_SECONDS = 30

# Notes every value of the bar and every sentence for screen readers.
# A page that is loaded anew forgets it all, which is how a test knows that it was not.
RECORDER = """() => {
  const notes = window.notes = {bars: [], spoken: []};
  const add = (list, entry) => {
    if (JSON.stringify(list.at(-1)) !== JSON.stringify(entry)) list.push(entry);
  };
  const look = () => {
    const bar = document.querySelector("#sync-status progress");
    if (bar) add(notes.bars, {stage: bar.id.replace("sync-progress-", ""),
      value: bar.hasAttribute("value") ? bar.value : null, total: bar.hasAttribute("value") ? bar.max : null});
    const said = document.getElementById("sync-live").textContent;
    if (said) add(notes.spoken, said);
  };
  new MutationObserver(look).observe(document.body,
    {subtree: true, childList: true, attributes: true, characterData: true});
  look();
}"""


@dataclass(frozen=True)
class Bar:
    """What the progress bar showed at one moment; value and total are None while unknown."""

    stage: str
    value: float | None
    total: float | None


class CatalogPage:
    """A tab in which the catalog is open."""

    def __init__(self, page: Page, site_url: str) -> None:
        self.page = page
        self.url = f"{site_url}/catalog/"
        self.button = page.locator("#sync-button button")
        self.status = page.locator("#sync-status")
        self.bar = page.locator("#sync-status progress")
        self.cancel = page.get_by_role("button", name="Cancel")
        self.dismiss = page.get_by_role("button", name="Dismiss")
        self.tiles = page.locator("#album-results article")
        self.numbers = page.locator("#catalog-numbers")
        self.live = page.locator("#sync-live")
        self.note = page.locator("#sync-note")

    def open(self) -> "CatalogPage":
        """Load the page and take notes from then on."""
        self.page.goto(self.url)
        self.page.evaluate(RECORDER)
        return self

    def reload(self) -> None:
        """Load the page anew and take new notes."""
        self.page.reload()
        self.page.evaluate(RECORDER)

    def start_sync(self) -> None:
        """Press Sync Now and wait until the page says that it runs."""
        self.button.click()
        self.expect_state("running")

    def sync(self, state: str = "success") -> None:
        """Press Sync Now and wait for the end."""
        self.start_sync()
        self.expect_end(state)

    def expect_state(self, state: str) -> None:
        """Wait for a state of the status region."""
        expect(self.status).to_have_attribute("data-state", state)

    def expect_end(self, state: str) -> None:
        """Wait for an end, after which the button is usable again."""
        expect(self.status).to_have_attribute("data-active", "false", timeout=SYNC_TIMEOUT_SECONDS * 1000)
        self.expect_state(state)
        expect(self.button).to_be_enabled()
        expect(self.button).to_have_text("Sync Now", use_inner_text=True)

    def expect_status(self, *words: str) -> None:
        """Wait until the status region says all these words."""
        for text in words:
            expect(self.status).to_contain_text(text)

    def expect_progress(self, at_least: int = 1) -> None:
        """Wait until the bar of Spotify's stage has moved."""
        has_moved = "count => document.querySelector('#sync-progress-enriching')?.value >= count"
        wait_until(lambda: self.page.evaluate(has_moved, at_least), SYNC_TIMEOUT_SECONDS)

    def bars(self) -> list[Bar]:
        """Return what the bar has shown since the page was opened, in its order."""
        return [Bar(**note) for note in self._notes()["bars"]]

    def spoken(self) -> list[str]:
        """Return what a screen reader would have spoken."""
        return self._notes()["spoken"]

    def expect_not_reloaded(self) -> None:
        """Check that this is still the document that was opened."""
        assert self.page.evaluate("'notes' in window"), "The page was loaded anew."

    def _notes(self) -> dict[str, Any]:
        notes: dict[str, Any] = self.page.evaluate("window.notes")
        return notes
