"""The cells of an XLSX workbook, streamed tab by tab.

openpyxl reads the workbook's parts, styles and number formats. A release sheet needs four things of a cell that no
mode of openpyxl gives together: the formula, the value that it shows, the fill colour and the hyperlink.
"""

import re
import xml.etree.ElementTree as ET
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time
from functools import lru_cache
from io import BytesIO
from operator import itemgetter
from typing import NamedTuple

from openpyxl.packaging.relationship import get_rels_path
from openpyxl.utils import column_index_from_string
from openpyxl.utils.datetime import from_excel, from_ISO8601, to_excel
from openpyxl.utils.escape import unescape
from openpyxl.xml.constants import PKG_REL_NS, REL_NS, SHEET_MAIN_NS

from catalog.services.background import Tick, run_aside
from catalog.services.errors import SheetNotAWorkbook, SheetTooLarge
from catalog.services.sheet.archive import WRONG_FILE, Archive
from catalog.services.sheet.openpyxl_adapter import Sheet, open_package

OPEN_SECONDS = 120  # The real sheet takes a tenth of one.
MAX_CELLS = 2_000_000  # The real sheet has 190,000.
CELLS_FOR_A_ROW = 4  # Half a million rows without a cell are too many as well.
MAX_COLUMNS = 64
LONGEST_COLUMN = 2  # No column of those has a longer name.
MAX_ROW = 1_048_576  # Excel's own bound.
MAX_TAGS_IN_PART = 4_000_000  # The whole real workbook has 1.3 million.
ELEMENTS_FOR_A_TICK = 256
MAX_ELEMENTS_AT_ONCE = 100_000  # In one row or between two; a real row has about forty.

MAIN = f"{{{SHEET_MAIN_NS}}}"
ROW, VALUE, FORMULA, INLINE, TEXT, PHONETIC, STRING, HYPERLINK, MERGED = (
    MAIN + tag for tag in ("row", "v", "f", "is", "t", "rPh", "si", "hyperlink", "mergeCell")
)
RELATIONSHIP = f"{{{PKG_REL_NS}}}Relationship"
RELATION_ID = f"{{{REL_NS}}}id"
KINDS = {"n": "number", "b": "bool", "e": "error"}
DIGITS = "0123456789"
COORDINATE = r"\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6})"
AREA = re.compile(f"{COORDINATE}(?::{COORDINATE})?")


class Cell(NamedTuple):
    """A cell that holds something, or that is coloured.

    `kind` is "text", "number", "bool" or "error"; `text` is the value as stored, or a formula's result; `formula`
    has no leading equals sign.
    """

    kind: str
    text: str
    style: int
    formula: str


class Area(NamedTuple):
    """A rectangle of cells, its last row and column included."""

    row: int
    column: int
    last_row: int
    last_column: int


@dataclass(frozen=True)
class Tab:
    """Rows as (number from 1, cells by column index from 0), and link targets by (row, column).

    `merged` has the last row of each merged area by the place of its first cell, which alone holds the text.
    """

    rows: list[tuple[int, dict[int, Cell]]]
    links: dict[tuple[int, int], str]
    merged: dict[tuple[int, int], int]

    def rows_in(self, area: Area) -> Iterator[tuple[int, list[int]]]:
        """Yield the rows of an area as (number, the columns in it that hold something)."""
        for index in range(bisect_left(self.rows, area.row, key=itemgetter(0)), len(self.rows)):
            number, cells = self.rows[index]
            if number > area.last_row:
                break
            yield number, [column for column in cells if area.column <= column <= area.last_column]


class Workbook:
    """Raises `SheetNotAWorkbook` or `SheetTooLarge`, at once or while a tab is read."""

    def __init__(self, data: bytes, tick: Tick = lambda: None) -> None:
        self.tick = tick
        self._archive = Archive(data)
        too_late = SheetTooLarge(f"Its parts and styles took more than {OPEN_SECONDS} s to read.")
        self._package = run_aside(
            lambda: open_package(self._archive), tick, limit_seconds=OPEN_SECONDS, too_late=too_late
        )
        self._strings = self._read_strings()
        self.sheets = self._package.sheets
        self._fills = self._package.fills
        self._style_indexes: dict[str | None, int] = {str(style): style for style in range(len(self._fills))}
        self._shared_formulas: dict[str | None, str] = {}
        self._cells_read = 0

    def read(self, sheet: Sheet) -> Tab:
        tab = Tab([], {}, {})
        number = 0
        self._shared_formulas.clear()
        targets = self._link_targets(sheet)
        for element in self._parse(sheet.path, (ROW, MERGED, HYPERLINK)):
            if element.tag == HYPERLINK:
                self._add_link(tab, element, targets)
            elif element.tag == MERGED:
                self._add_merged(tab, element)
            else:
                number, cells = self._read_row(element, following=number + 1)
                if cells:
                    tab.rows.append((number, cells))
        return tab

    def _add_link(self, tab: Tab, element: ET.Element, targets: dict[str | None, str]) -> None:
        area = _area(element.get("ref", ""))
        target = targets.get(element.get(RELATION_ID), "")
        if not target or area is None:
            return
        if location := element.get("location"):  # Excel keeps the part behind the `#` apart.
            target = f"{target}#{location}"
        is_one_cell = area[:2] == area[2:]
        for row, columns in [(area.row, [area.column])] if is_one_cell else tab.rows_in(area):
            self._count(1 + len(columns))
            tab.links.update(((row, column), target) for column in columns)

    def _add_merged(self, tab: Tab, element: ET.Element) -> None:
        if area := _area(element.get("ref", "")):
            self._count(1)
            tab.merged[area.row, area.column] = area.last_row

    def _read_row(self, element: ET.Element, *, following: int) -> tuple[int, dict[int, Cell]]:
        number = _row_number(element.get("r"), following=following)
        cells: dict[int, Cell] = {}
        column = -1
        for child in element:
            # A cell without an address follows the one before it.
            reference = child.get("r")
            column = _column_index(reference.rstrip(DIGITS)) if reference else column + 1
            style = self._style_indexes.get(child.get("s"), 0)
            if len(child) == 0 and not self._fills[style]:
                continue
            if column < MAX_COLUMNS:
                cells[column] = self._read_cell(child, style)
        self._count(len(cells) + CELLS_FOR_A_ROW)
        return number, cells

    def _count(self, cells: int) -> None:
        self._cells_read += cells
        if self._cells_read > MAX_CELLS:
            raise SheetTooLarge(f"The workbook has more than {MAX_CELLS:,} cells.")

    def _read_cell(self, element: ET.Element, style: int) -> Cell:
        stored = element.get("t", "n")
        formula = self._formula(element)
        if stored == "inlineStr":
            inline = element.find(INLINE)
            return Cell("text", _text_of(inline) if inline is not None else "", style, formula)
        value = element.findtext(VALUE, "")
        if stored == "s" and value:
            return self._shared_text(value, style, formula)
        if stored == "d" and (serial := _serial_of(value, self._package.epoch)):
            return Cell("number", serial, style, formula)
        return Cell(KINDS.get(stored, "text"), value, style, formula)

    def _formula(self, cell: ET.Element) -> str:
        """Return the formula; a shared one is stored in its first cell, and its references are not shifted."""
        element = cell.find(FORMULA)
        if element is None:
            return ""
        formula = element.text or ""
        if element.get("t") == "shared":
            return self._shared_formulas.setdefault(element.get("si"), formula)
        return formula

    def _shared_text(self, number: str, style: int, formula: str) -> Cell:
        index = int(number) if number.isdecimal() and len(number) <= len(str(MAX_CELLS)) else -1
        if 0 <= index < len(self._strings):
            return Cell("text", self._strings[index], style, formula)
        return Cell("error", f"Its text, number {number}, is missing.", style, formula)

    def _read_strings(self) -> list[str]:
        path = self._package.strings
        return [_text_of(item) for item in self._parse(path, (STRING,))] if path else []

    def _link_targets(self, sheet: Sheet) -> dict[str | None, str]:
        path = get_rels_path(sheet.path)
        relations = self._parse(path, (RELATIONSHIP,)) if path in self._archive.names else ()
        return {relation.get("Id"): relation.get("Target", "") for relation in relations}

    def _parse(self, path: str, tags: tuple[str, ...]) -> Iterator[ET.Element]:
        """Yield the elements of a part with one of the tags; each is cleared after its use."""
        self.tick()
        content = self._archive.read(path)
        if content.count(b"<") > MAX_TAGS_IN_PART:
            raise SheetTooLarge(f"A part of the workbook has more than {MAX_TAGS_IN_PART:,} tags.")
        at_once = used = 0
        try:
            for _event, element in ET.iterparse(BytesIO(content)):  # noqa: S314  (no document type, see `Archive`)
                at_once += 1
                if element.tag in tags:
                    yield element
                    element.clear()
                    at_once = 0
                    used += 1
                    if used % ELEMENTS_FOR_A_TICK == 0:
                        self.tick()
                elif at_once > MAX_ELEMENTS_AT_ONCE:
                    raise SheetTooLarge(f"A row of the workbook has more than {MAX_ELEMENTS_AT_ONCE:,} parts.")
        except ET.ParseError as error:  # Errors of the code that uses the elements do not pass here.
            raise SheetNotAWorkbook(WRONG_FILE) from error

    def fill(self, cell: Cell) -> str:
        """Return the colour of a solid fill as RRGGBB, or nothing; white counts as none."""
        return self._fills[cell.style]

    def number_format(self, cell: Cell) -> str:
        return self._package.number_formats[cell.style]

    def moment(self, cell: Cell) -> datetime | None:
        """Return the value of a number that is formatted as a date; None for any other cell."""
        if cell.kind != "number" or cell.style not in self._package.dates:
            return None
        try:
            moment = from_excel(float(cell.text), self._package.epoch)
        except (ValueError, OverflowError):
            return None
        if isinstance(moment, time):
            return datetime.combine(self._package.epoch, moment)
        return moment if isinstance(moment, datetime) else None


def _text_of(element: ET.Element) -> str:
    """Join the runs of a string without the phonetic hints of East Asian text."""
    if len(element) == 1 and element[0].tag == TEXT:
        text = element[0].text or ""
    else:
        text = "".join(part.text or "" for run in element if run.tag != PHONETIC for part in run.iter(TEXT))
    return unescape(text) if "_x" in text else text


def _area(reference: str) -> Area | None:
    """Read `I2`, `$I$5` or `I2:I4`."""
    match = AREA.fullmatch(reference)
    if match is None:
        return None
    row, column = int(match[2]), _column_index(match[1])
    if match[3] is None:
        return Area(row, column, row, column)
    return Area(row, column, int(match[4]), _column_index(match[3]))


def _row_number(stored: str | None, *, following: int) -> int:
    """Row numbers only rise; one that does not is replaced by the next."""
    try:
        number = int(stored or following)
    except ValueError:
        return following
    return number if following <= number <= MAX_ROW else following


def _serial_of(text: str, epoch: datetime) -> str:
    """Return the serial number of the date or time that a cell of the type `d` holds, or nothing."""
    try:
        moment = from_ISO8601(text)
        return str(to_excel(moment, epoch)) if moment else ""
    except (ValueError, OverflowError):
        return ""


@lru_cache(maxsize=256)  # The real sheet has 27 columns.
def _column_index(letters: str) -> int:
    if len(letters) > LONGEST_COLUMN:
        return MAX_COLUMNS  # Nor is openpyxl asked, which remembers every name for good.
    try:
        return column_index_from_string(letters.upper()) - 1
    except ValueError:
        return MAX_COLUMNS  # A cell without a valid address is not read.
