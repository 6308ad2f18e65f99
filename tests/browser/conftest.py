"""A real Chromium whose complaints fail the test."""

from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, WebError, expect, sync_playwright

from demo.behaviour import Behaviour
from demo.standin import StandIn
from tests.support.catalog_page import CatalogPage
from tests.support.chromium import ensure_chromium, launch_arguments
from tests.support.environment import settings_for
from tests.support.site import Site
from tests.support.site_rows import SiteRows
from tests.support.syncing import invented_releases
from tests.support.visitors import Visitor

HERE = Path(__file__).parent
SCREENSHOTS = HERE.parents[1] / "test-results"
PATIENCE_SECONDS = 15  # A slow machine is no reason to fail.
PHASE_FAILED = pytest.StashKey[bool]()

OpenPage = Callable[..., Page]
ChangeEnv = Callable[..., None]
SyncOnce = Callable[[], None]


class Complaints:
    """What pages said on their console that no visitor's browser should ever say.

    A blocked resource (Content-Security-Policy), an error answer and an exception in a script all
    end up there. A test that provokes one says so first with `expect`.
    """

    def __init__(self) -> None:
        self._heard: list[str] = []
        self._expected: list[str] = []

    def expect(self, text: str) -> None:
        """Accept complaints that contain this text, in this test."""
        self._expected.append(text)

    def expect_lost_connection(self) -> None:
        """Accept every way in which a browser words that it did not reach the server, in this test."""
        self.expect("net::ERR_")
        self.expect("Failed to fetch")

    def watch(self, context: BrowserContext) -> None:
        """Listen to all pages of a context."""
        context.on("console", self._hear_console)
        context.on("weberror", self._hear_error)

    def unexpected(self) -> list[str]:
        """Return what was heard and not expected."""
        return [heard for heard in self._heard if not any(text in heard for text in self._expected)]

    def _hear_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self._heard.append(f"{message.type}: {message.text} ({message.location['url']})")

    def _hear_error(self, error: WebError) -> None:
        self._heard.append(f"exception: {error.error}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this directory, and run them last.

    Playwright leaves an event loop in the thread, in which Django refuses to use the database.
    """
    ours = [item for item in items if HERE in item.path.parents]
    for item in ours:
        item.add_marker(pytest.mark.browser)
    items[:] = [item for item in items if item not in ours] + ours


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember a failure for the fixture that takes the screenshot."""
    report = yield
    if report.failed:
        item.stash[PHASE_FAILED] = True
    return report


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the whole run; each page gets a context of its own."""
    executable = ensure_chromium()
    expect.set_options(timeout=PATIENCE_SECONDS * 1000)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=launch_arguments())
        yield chromium
        chromium.close()


@pytest.fixture
def complaints() -> Complaints:
    """What the pages of this test complain about."""
    return Complaints()


@pytest.fixture
def open_page(request: pytest.FixtureRequest, browser: Browser, complaints: Complaints) -> Iterator[OpenPage]:
    """Open a page in a new context, with the options of Playwright's `new_context`; nothing moves in it by default.

    Without a graphics card, drawing what moves costs a third of the tests' time.
    """
    contexts: list[BrowserContext] = []

    def open_one(**options: object) -> Page:
        context = browser.new_context(**{"reduced_motion": "reduce", **options})
        contexts.append(context)
        complaints.watch(context)
        return context.new_page()

    yield open_one
    unexpected = complaints.unexpected()
    if unexpected or request.node.stash.get(PHASE_FAILED, False):
        _take_screenshots(contexts, request.node.name)
    for context in contexts:
        context.close()
    assert not unexpected, "The browser complained:\n" + "\n".join(unexpected)


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """One page, as wide as a laptop."""
    return open_page(viewport={"width": 1280, "height": 900})


@pytest.fixture
def catalog(site: Site, page: Page) -> CatalogPage:
    """The catalog in one tab, not yet loaded."""
    return CatalogPage(page, site.url)


@pytest.fixture(scope="session")
def running_standin() -> Iterator[StandIn]:
    """One stand-in for all tests of a browser."""
    with StandIn() as standin:
        yield standin


@pytest.fixture(scope="session")
def running_site(
    running_standin: StandIn, tmp_path_factory: pytest.TempPathFactory, site_template: Path
) -> Iterator[Site]:
    """One site for all tests of a browser; starting one takes seconds."""
    directory = tmp_path_factory.mktemp("site")
    with Site(directory=directory, env=settings_for(running_standin), template=site_template) as site:
        yield site


@pytest.fixture
def standin(running_standin: StandIn) -> StandIn:
    """The stand-in with 60 releases, at full speed and without a fault."""
    running_standin.behaviour = Behaviour()
    # A run that was cancelled at a slow pace had booked its requests far ahead, for whatever test comes next.
    running_standin._busy_until = 0.0
    running_standin.publish(invented_releases())
    return running_standin


@pytest.fixture
def rows(running_site: Site) -> SiteRows:
    """The site's rows."""
    return SiteRows(running_site.directory / "site.sqlite3")


@pytest.fixture(scope="session")
def usual_env(running_site: Site) -> Mapping[str, str]:
    """The settings of a test that does not change them."""
    return dict(running_site.env)


@pytest.fixture
def site(running_site: Site, usual_env: Mapping[str, str], standin: StandIn, rows: SiteRows) -> Iterator[Site]:
    """The site with an empty catalog and no run."""
    if running_site.env != usual_env:
        running_site.restart(usual_env)
    rows.empty()
    yield running_site
    rows.end_active_run()


@pytest.fixture
def sync_once(site: Site, rows: SiteRows) -> SyncOnce:
    """Let the running site read the sheet, which takes a fraction of the time of a command."""

    def sync() -> None:
        with Visitor(site) as visitor:
            visitor.press().raise_for_status()
        rows.wait_for_end()

    return sync


@pytest.fixture
def change_env(site: Site, usual_env: Mapping[str, str]) -> ChangeEnv:
    """Restart the site with other settings, which it loses before the next test."""

    def change(**settings: str) -> None:
        site.restart({**usual_env, **settings})

    return change


def _take_screenshots(contexts: list[BrowserContext], test_name: str) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    safe_name = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in test_name)
    pages = [page for context in contexts for page in context.pages]
    for number, page in enumerate(pages, start=1):
        page.screenshot(path=SCREENSHOTS / f"{safe_name}-{number}.png", full_page=True)
