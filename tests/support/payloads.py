"""Cells of a sheet that try to become a script, and a browser that notices if one does."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from playwright.sync_api import BrowserContext, Dialog, Page

from demo.standin import StandIn
from demo.workbook_cells import CellSpec, build_workbook
from tests.support.pages import FILES, html_pages
from tests.support.sheets import COLUMNS, Cells, release_tab, sheet_row, spotify_link
from tests.support.spotify import make_payload, spotify_id

# What a browser asks a payload to do: `fire` notes it, as a dialog does.
TEXTS = (
    "<script>fire()</script>",
    "<img src=x onerror=fire()>",
    '"><svg onload=fire()>',
    "' autofocus onfocus=fire() x='",
    '" onmouseover="fire()" style="position:fixed;inset:0',
    "</title><script>alert(1)</script>",
    "</textarea></style><script>fire()</script>",
    "]]><script xmlns='http://www.w3.org/1999/xhtml'>fire()</script>",
    "--><script>fire()</script><!--",
    "&lt;script&gt;fire()&lt;/script&gt;",
    "&#60;script&#62;fire()&#60;/script&#62;",
    "%3Cscript%3Efire()%3C/script%3E",
    "＜script＞fire()＜/script＞",
    '<iframe srcdoc="<script>parent.fire()</script>">',
    '<a href="javascript:fire()">Ebb</a>',
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=fire()&gt;">',
    '<div hx-get="/catalog/" hx-trigger="load" hx-on:htmx:load="fire()">',
    '<hx-partial hx-target="body" hx-swap="innerHTML"><script>fire()</script></hx-partial>',
    "<base href=//example.org/><meta http-equiv=refresh content='0;url=javascript:fire()'>",
    "{{ settings.SECRET_KEY }}{% debug %}${fire()}`${fire()}`",
    "javascript:fire()//",
    "\u202e<script>fire()</script>\u2028fire()",
)
LINKS = (
    "javascript:fire()",
    " JaVaScRiPt:fire()",
    "java\tscript:fire()",
    "javascript://example.org/%0afire()",
    "data:text/html,<script>fire()</script>",
    "vbscript:fire()",
    "https://www.google.com/url?q=javascript:fire()",
    'https://lanternfall.bandcamp.com/album/"onmouseover="fire()',
    "https://lanternfall.bandcamp.com/album/'><script>fire()</script>",
    "https://www.youtube.com/watch?v=%22%3E%3Cscript%3Efire()%3C/script%3E",
    'https://open.spotify.com/album/"><script>fire()</script>',
    "https://fire():fire()@example.org/",
    "https://example.org\\@169.254.169.254/<script>fire()</script>",
    "//example.org/<script>fire()</script>",
)
LINK_COLUMNS = ("Bandcamp", "Spotify", "YouTube", "Amazon", "Apple Music")
SPOTIFY_FIELDS = 4  # Name, artist, cover and track.
# The names of tabs are short, and a workbook allows no slash in them.
TABS = ("2025 <img src=x onerror=fire()>", '2024 "><svg onload=fire()>', "2023 {{ fire }} &lt;b&gt;")
# Elements that only a cell could have made: ours have neither handlers nor inline scripts.
INTRUDERS = """() => {
  const leads = /^(href|src|action|formaction|xlink:href)$/, script = /^\\s*(javascript|data|vbscript):/i;
  const isBad = ({name, value}) => /^(on|hx-on)/.test(name) || (leads.test(name) && script.test(value));
  return [...document.querySelectorAll("*")].filter((element) => element.matches("script:not([src]), base")
    || [...element.attributes].some(isBad)).map((element) => element.outerHTML.slice(0, 200));
}"""
LISTENER = """addEventListener("securitypolicyviolation", (event) =>
  fire(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`), true);"""
VIEWS = ("/catalog/?q={0}", "/catalog/?genre={0}", "/catalog/?country={0}&sort={0}", "/catalog/releases/{0}/")
OTHERS = ("/catalog/?page={0}", "/accounts/login/?next={0}", "/catalog/facets/genre/?q={0}", "/{0}")


def publish_payloads(standin: StandIn, texts: Sequence[str] = TEXTS, links: Sequence[str] = LINKS) -> int:
    """Put each text into each column, each address into each column of links; return how many those are.

    What Spotify says of the albums bears the texts as well.
    """
    standin.albums = {spotify_id(number): _spotify_album(number, text) for number, text in enumerate(texts)}
    rows = [*_rows_of_texts(texts), *_rows_of_links(links), *_rows_of_spotify(texts)]
    # Rows are dealt to the tabs like cards.
    tabs = {name: release_tab(*map(sheet_row, rows[at :: len(TABS)])) for at, name in enumerate(TABS)}
    standin.workbook = build_workbook(tabs)
    return len(texts) * (len(COLUMNS) + SPOTIFY_FIELDS) + len(links) * len(LINK_COLUMNS) + len(TABS)


def _rows_of_texts(texts: Sequence[str]) -> Iterator[Cells]:
    for number, text in enumerate(texts):
        for column in COLUMNS:
            row: Cells = {"Artist": f"Artist {number}", "Album": f"{column} {number}", "Spotify": None}
            yield {**row, column: text}


def _rows_of_links(links: Sequence[str]) -> Iterator[Cells]:
    for number, link in enumerate(links):
        for column in LINK_COLUMNS:
            row: Cells = {"Artist": f"Link {number}", "Album": f"{column} {number}", "Spotify": None}
            yield {**row, column: CellSpec("x", link=link)}


def _rows_of_spotify(texts: Sequence[str]) -> Iterator[Cells]:
    for number, _ in enumerate(texts):
        yield {"Artist": f"Spotify {number}", "Album": f"Spotify {number}", "Spotify": spotify_link(spotify_id(number))}


def _spotify_album(number: int, text: str) -> dict[str, Any]:
    return make_payload(
        id=spotify_id(number),
        name=text,
        artists=[{"name": text}],
        images=[{"url": LINKS[number % len(LINKS)], "width": 640, "height": 640}],
        tracks={"items": [{"name": text, "duration_ms": 1000}]},
    )


@dataclass
class Tripwire:
    """Notes whatever fires in the pages of a context."""

    context: BrowserContext
    fired: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.expose_function("fire", lambda *what: self.fired.append(f"fire{what}"))
        self.context.add_init_script(LISTENER)
        self.context.on("dialog", self._hear_dialog)
        # Covers come from elsewhere, and tests talk to nobody.
        self.context.route(re.compile(r"^https?://(?!127\.0\.0\.1[:/])"), lambda route: route.abort())

    def visit(self, page: Page, address: str) -> None:
        """Open a page and look for what should not be in it."""
        page.goto(address)
        self.look(page)

    def look(self, page: Page) -> None:
        """Note elements that only a payload can have made."""
        self.fired += [f"{page.url}: {element}" for element in page.evaluate(INTRUDERS)]

    def _hear_dialog(self, dialog: Dialog) -> None:
        self.fired.append(f"dialog: {dialog.message}")
        dialog.dismiss()


def reflecting(texts: Iterable[str]) -> Iterator[str]:
    """Return addresses that carry a payload themselves."""
    for text in texts:
        yield from (view.format(quote(text, safe="")) for view in (*VIEWS, *OTHERS))


def visit_everything(
    wire: Tripwire, site_url: str, *, albums: Iterable[int], runs: Iterable[int], texts: Sequence[str] = TEXTS
) -> int:
    """Open every page, search for every payload, fetch every file; return how many pages were opened."""
    page = wire.context.new_page()
    addresses = [
        *html_pages(albums=albums, runs=runs),
        *reflecting(texts),
        "/catalog/albums.atom",
        "/catalog/albums.json",
    ]
    for address in addresses:
        wire.visit(page, f"{site_url}{address}")
    _type_each(wire, page, site_url, texts)
    for address in FILES:
        _check_file(wire, f"{site_url}{address}")
    page.close()
    return len(addresses) + len(FILES)


def _type_each(wire: Tripwire, page: Page, site_url: str, texts: Sequence[str]) -> None:
    """Type into the search box, whose answers htmx puts into the page."""
    page.goto(f"{site_url}/catalog/")
    box = page.get_by_role("searchbox", name="Search albums")
    for text in texts:
        with page.expect_response(lambda response: "q=" in response.url):
            box.fill(text)
        wire.look(page)


def _check_file(wire: Tripwire, address: str) -> None:
    """Note a file that a browser could take for a page."""
    response = wire.context.request.get(address)
    is_page = "html" in response.headers["content-type"] or response.headers["x-content-type-options"] != "nosniff"
    if is_page or not response.ok:
        wire.fired.append(f"{address}: {response.status} {response.headers['content-type']}")
