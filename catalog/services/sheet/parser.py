"""Reads releases from the workbook: finds its release tabs, their columns and rows, as `docs/source-sheet.md` says."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from catalog.services.background import Tick
from catalog.services.errors import NoReleaseTab, SheetNotAWorkbook
from catalog.services.sheet.cells import (
    MAX_RAW_LENGTH,
    ReleaseDate,
    clean_text,
    dated_cell,
    dated_text,
    formula_link,
    genre_names,
    one_line,
    release_format,
    shown_date,
    shown_number,
    spotify_album_id,
    vocal_style,
    web_address,
)
from catalog.services.sheet.countries import country_codes
from catalog.services.sheet.releases import Issue, Release, TabReading, TabState, shortened
from catalog.vocabulary.issues import IssueKind
from catalog.vocabulary.links import SHEET_ORDER
from catalog.vocabulary.tabs import tab_year

if TYPE_CHECKING:
    from catalog.services.sheet.openpyxl_adapter import Sheet
    from catalog.services.sheet.xlsx import Cell, Tab, Workbook

HEADER_ROWS = 15
ROWS_FOR_A_TICK = 256
MAX_TEXT_LENGTH = 500
MAX_FORMAT_LENGTH = 100
MAX_COUNTRIES = 30
MAX_DETAIL_LENGTH = 200
DEBUT_FILL = "FFBA4A"
REISSUE_FILL = "96DA77"

TEXT_COLUMNS = {
    "artist": "artist",
    "album": "title",
    "length": "format",
    "genre / subgenres": "genres",
    "vocal style": "vocal_style",
    "country / state": "country",
}
LINK_NAMES = {service.field: service.name for service in SHEET_ORDER}
LINK_COLUMNS = {name.casefold(): column for column, name in LINK_NAMES.items()}
COLUMNS = TEXT_COLUMNS | LINK_COLUMNS | {"release date": "release_date"}
REQUIRED = {"artist": "Artist", "title": "Album"}
# A row with so many known names is a header, even where Artist or Album is missing.
NAMES_OF_A_HEADER = 3


def read_releases(
    data: bytes, tick: Tick = lambda: None, on_tab: Callable[[str], None] = lambda _name: None
) -> Iterator[TabReading]:
    """Read the tabs of a workbook lazily, in their order; a broken tab fails alone.

    `tick` is called every few hundred rows and before each part; what it raises ends the reading. `on_tab` is called
    with the name of each tab before it is read.

    Raises `SheetNotAWorkbook` or `SheetTooLarge`, and `NoReleaseTab` at the end where no tab was a release tab.
    """
    from catalog.services.sheet.xlsx import Workbook  # noqa: PLC0415  (openpyxl: only a run reads the sheet)

    workbook = Workbook(data, tick)
    found = False
    for sheet in workbook.sheets:
        on_tab(sheet.name)
        reading = _read_tab(workbook, sheet)
        found = found or reading.state in (TabState.READ, TabState.FAILED)
        yield reading
    if not found:
        raise NoReleaseTab("The workbook has no tab with releases.")


def _read_tab(workbook: "Workbook", sheet: "Sheet") -> TabReading:
    if sheet.is_hidden:
        return TabReading(sheet.name, TabState.HIDDEN)
    try:
        tab = workbook.read(sheet)
    except SheetNotAWorkbook:
        return TabReading(sheet.name, TabState.FAILED, "The tab is damaged.")
    header = _find_header(tab)
    if header is None:
        return TabReading(sheet.name, TabState.NO_RELEASES)
    header_row, columns = header
    missing = [name for column, name in REQUIRED.items() if column not in columns]
    if missing:
        return TabReading(sheet.name, TabState.FAILED, f"The column {missing[0]} is missing.")
    return _TabReader(workbook, sheet.name, tab, columns).read(after=header_row)


def _find_header(tab: "Tab") -> tuple[int, dict[str, int]] | None:
    """Return the header's row number and the column index of each field; the first of two wins."""
    for number, cells in tab.rows:
        if number > HEADER_ROWS:
            break
        columns: dict[str, int] = {}
        for index, cell in sorted(cells.items()):
            name = COLUMNS.get(clean_text(cell.text).casefold())
            if name:
                columns.setdefault(name, index)
        found = columns.keys() & REQUIRED.keys()
        if len(found) == len(REQUIRED) or (found and len(columns) >= NAMES_OF_A_HEADER):
            return number, columns
    return None


class _TabReader:
    def __init__(self, workbook: "Workbook", name: str, tab: "Tab", columns: dict[str, int]) -> None:
        self._workbook = workbook
        self._tab = tab
        self._columns = columns
        self._year = tab_year(name)
        self._row = 0
        self._cells: dict[int, Cell] = {}
        self._merged_artist, self._merged_until = "", 0
        self._reading = TabReading(name, TabState.READ)

    def read(self, *, after: int) -> TabReading:
        for index, (number, cells) in enumerate(self._tab.rows):
            if index % ROWS_FOR_A_TICK == 0:
                self._workbook.tick()
            if number > after:
                self._row, self._cells = number, cells
                self._read_row()
        return self._reading

    def _read_row(self) -> None:
        artist, title = self._artist(), self._text("title")
        if artist and title:
            self._reading.releases.append(self._release(artist, title))
        elif artist:
            self._reading.incomplete_rows += 1
            self._report(IssueKind.NO_TITLE, artist)
        elif title:
            self._report(IssueKind.NO_ARTIST, title)

    def _release(self, artist: str, title: str) -> Release:
        self._report_numbers()
        date_text, dated = self._release_date()
        country = self._text("country")
        format_cell = self._cell("format")
        fill = self._workbook.fill(format_cell) if format_cell else ""
        links = {name: self._link(name) for name in LINK_NAMES if name != "spotify"}
        spotify_id = self._spotify_id()
        if not spotify_id and not any(links.values()):
            self._report(IssueKind.NO_LINK, f"{artist} – {title}")
        return Release(
            tab=self._reading.name,
            row=self._row,
            artist=artist,
            title=title,
            release_date=dated.day,
            release_precision=dated.precision,
            release_text=date_text,
            release_year=dated.year,
            format=release_format(self._text("format")),
            is_debut=fill == DEBUT_FILL,
            is_reissue=fill == REISSUE_FILL,
            genres=genre_names(self._text("genres")),
            vocal_style=self._vocal_style(),
            country=country,
            country_codes=country_codes(country)[:MAX_COUNTRIES],
            spotify_id=spotify_id,
            **links,
        )

    def _cell(self, column: str) -> "Cell | None":
        index = self._columns.get(column)
        return None if index is None else self._cells.get(index)

    def _text(self, column: str) -> str:
        cell = self._cell(column)
        if cell is None:
            return ""
        if cell.kind == "text":
            text = cell.text or _formula_text(cell)
        elif cell.kind == "error":
            self._report(IssueKind.ERROR_CELL, cell.text)
            text = ""
        elif cell.kind == "bool":
            text = "TRUE" if cell.text == "1" else "FALSE"
        else:
            text = self._number_text(cell)
        return self._fitting(clean_text(text), MAX_FORMAT_LENGTH if column == "format" else MAX_TEXT_LENGTH)

    def _number_text(self, cell: "Cell") -> str:
        if cell.formula and not cell.text:
            return _formula_text(cell)
        moment = self._workbook.moment(cell)
        return shown_date(moment, self._workbook.number_format(cell)) if moment else shown_number(cell.text)

    def _fitting(self, text: str, length: int) -> str:
        if len(text) > length:
            self._report(IssueKind.TOO_LONG, text)
        return shortened(text, length)

    def _report(self, kind: IssueKind, detail: str) -> None:
        issue = Issue(self._reading.name, self._row, kind, shortened(detail, MAX_DETAIL_LENGTH))
        self._reading.issues.append(issue)

    def _report_numbers(self) -> None:
        for column, name in REQUIRED.items():
            cell = self._cell(column)
            if cell and cell.kind == "number":
                self._report(IssueKind.NUMBER_OR_DATE, f"{name}: {self._number_text(cell)}")

    def _artist(self) -> str:
        """Return the row's artist; that of a merged cell counts for all its rows."""
        artist = self._text("artist")
        if last_row := self._tab.merged.get((self._row, self._columns["artist"])):
            self._merged_artist, self._merged_until = artist, last_row
        return artist or (self._merged_artist if self._row <= self._merged_until else "")

    def _release_date(self) -> tuple[str, ReleaseDate]:
        """Return the date and, where there is none, the text that stands in its place."""
        cell = self._cell("release_date")
        moment = self._workbook.moment(cell) if cell else None
        if cell and moment:
            number_format = self._workbook.number_format(cell)
            dated = dated_cell(moment.date(), year=self._year, number_format=number_format)
            text = ""
        else:
            text = self._text("release_date")
            dated = dated_text(text, year=self._year)
        if dated.year_was is not None:
            shown, year = self._text("release_date"), str(dated.year_was)
            self._report(IssueKind.WRONG_YEAR, shown if year in shown else f"{shown}, {year}")
        elif dated.day is None:
            self._report(IssueKind.BAD_DATE, text or "(empty)")
        return "" if dated.day else text, dated

    def _vocal_style(self) -> str:
        text = self._text("vocal_style")
        if not text:
            return ""
        style, is_known = vocal_style(text)
        if not is_known:
            self._report(IssueKind.UNKNOWN_VOCALS, text)
        return style

    def _raw_link(self, column: str) -> str:
        """Return the cell's address, valid or not; report a text without one."""
        cell = self._cell(column)
        if cell is None:
            return ""
        if target := self._tab.links.get((self._row, self._columns[column])):
            return target
        if link := formula_link(cell.formula):
            return link[0]
        text = clean_text(cell.text)
        if "://" in text or text.startswith("spotify:"):
            return text if len(cell.text) <= MAX_RAW_LENGTH else one_line(cell.text)
        if text:
            self._report(IssueKind.TEXT_WITHOUT_LINK, f"{LINK_NAMES[column]}: {text}")
        return ""

    def _link(self, column: str) -> str:
        raw = self._raw_link(column)
        url = web_address(raw) if raw else ""
        if raw and not url:
            self._report(IssueKind.BAD_LINK, f"{LINK_NAMES[column]}: {raw}")
        return url

    def _spotify_id(self) -> str:
        raw = self._raw_link("spotify")
        spotify_id = spotify_album_id(raw) if raw else ""
        if raw and not spotify_id:
            kind = IssueKind.NOT_AN_ALBUM if web_address(raw) else IssueKind.BAD_LINK
            self._report(kind, f"{LINK_NAMES['spotify']}: {raw}")
        return spotify_id


def _formula_text(cell: "Cell") -> str:
    link = formula_link(cell.formula)
    return link[1] if link else ""
