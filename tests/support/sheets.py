"""Small release sheets: each test says which cells matter, the others have visible defaults."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from catalog.services.sheet.parser import read_releases
from catalog.services.sheet.releases import Issue, Release, TabReading
from demo.workbook_cells import CellSpec, CellValue, Row, build_workbook

TAB = "2025 Prog-metal"
COLUMNS = (
    "Artist",
    "Album",
    "Release Date",
    "Length",
    "Genre / Subgenres",
    "Vocal Style",
    "Country / State",
    "Bandcamp",
    "Spotify",
    "YouTube",
    "Amazon",
    "Apple Music",
)
HEADER_ROW = 5
FIRST_ROW = HEADER_ROW + 1
SPOTIFY_ID = "4aawyAB9vmqN3uQ7FjRGTy"

Cells = Mapping[str, CellValue | CellSpec]


def spotify_link(spotify_id: str = SPOTIFY_ID) -> CellSpec:
    """Return the `S` of the sheet that leads to a Spotify album."""
    return CellSpec("S", link=f"https://open.spotify.com/album/{spotify_id}")


def bandcamp_link(page: str) -> CellSpec:
    """Return the `BC` of the sheet that leads to a page of a band."""
    return CellSpec("BC", link=f"https://lanternfall.bandcamp.com/{page}")


def date_cell(day: date, number_format: str = "mmmm d") -> CellSpec:
    """Return a date as the sheet's curators format it."""
    return CellSpec(day, number_format=number_format)


DEFAULTS: Cells = {
    "Artist": "Lantern Fall",
    "Album": "Salt Meridian",
    "Release Date": date_cell(date(2025, 4, 11)),
    "Length": "LP",
    "Genre / Subgenres": "Progressive metal",
    "Vocal Style": "Clean",
    "Country / State": "Finland",
    "Spotify": spotify_link(),
}


def sheet_row(cells: Cells | None = None, *, columns: Sequence[str] = COLUMNS) -> Row:
    """Return a row of `DEFAULTS`, overridden by `cells`; None empties a cell."""
    content = {**DEFAULTS, **(cells or {})}
    return [content.get(column) for column in columns]


def release_tab(*rows: Row, columns: Sequence[str] = COLUMNS, header_row: int = HEADER_ROW) -> list[Row]:
    """Return the rows of a tab: a title, counters, the header, then `rows`."""
    above: list[Row] = [("Releases of the year",), *[(None, None, "LPs:", 12)] * (header_row - 2)]
    return [*above[: header_row - 1], columns, *rows]


def release_sheet(*rows: Cells, tab: str = TAB) -> bytes:
    """Return a workbook of one tab."""
    return build_workbook({tab: release_tab(*map(sheet_row, rows))})


def read_tabs(tabs: Mapping[str, Sequence[Row]], *, hidden: Collection[str] = ()) -> list[TabReading]:
    return list(read_releases(build_workbook(tabs, hidden=hidden)))


def read_rows(*rows: Cells, tab: str = TAB) -> TabReading:
    (reading,) = read_releases(release_sheet(*rows, tab=tab))
    return reading


def read_row(cells: Cells | None = None, *, tab: str = TAB) -> tuple[Release, list[Issue]]:
    reading = read_rows(cells or {}, tab=tab)
    (release,) = reading.releases
    return release, reading.issues
