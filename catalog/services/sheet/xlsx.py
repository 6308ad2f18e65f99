"""The cells of an XLSX workbook, streamed tab by tab.

openpyxl reads what a workbook is made of: its parts, styles and number formats. The
cells are streamed here, because a release sheet needs four things of a cell at once
that no mode of openpyxl gives together: the formula, the value that it shows, the fill
colour and the hyperlink. A test holds this reader against openpyxl's full mode.
"""

# ruff: noqa: SLF001  (openpyxl shows its styles to cells only that it made itself)

import re
import xml.etree.ElementTree as ET
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from openpyxl.packaging.relationship import get_rels_path
from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.numbers import BUILTIN_FORMATS, BUILTIN_FORMATS_MAX_SIZE
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.utils import column_index_from_string
from openpyxl.utils.datetime import from_excel, from_ISO8601, to_excel
from openpyxl.xml.constants import PKG_REL_NS, REL_NS, SHARED_STRINGS, SHEET_MAIN_NS

from catalog.services.errors import SheetNotAWorkbook, SheetTooLarge
from catalog.services.sheet.cells import clean_text

if TYPE_CHECKING:
    from openpyxl.packaging.manifest import Override
    from openpyxl.styles.cell_style import StyleArray

MAX_UNPACKED_BYTES = 150_000_000  # The real sheet unpacks to 24 MB.
MAX_RATIO = 60  # Text packs to about a tenth, rows of empty cells to a thirtieth.
RATIO_COUNTS_FROM_BYTES = 5_000_000
MAX_CELLS = 2_000_000  # The real sheet has 190,000.
CELLS_FOR_A_ROW = 4  # Half a million rows without a cell are too many as well.
MAX_COLUMNS = 64
MAX_ROW = 1_048_576  # Excel's own bound.
MAX_TAGS_IN_PART = 4_000_000  # The whole real workbook has 1.3 million.
MAX_ELEMENTS_AT_ONCE = 100_000  # In one row or between two; a real row has about forty.
MAX_NAME_LENGTH = 100

MAIN = f"{{{SHEET_MAIN_NS}}}"
ROW, VALUE, FORMULA, INLINE, TEXT, PHONETIC, STRING, HYPERLINK = (
    MAIN + tag for tag in ("row", "v", "f", "is", "t", "rPh", "si", "hyperlink")
)
RELATIONSHIP = f"{{{PKG_REL_NS}}}Relationship"
RELATION_ID = f"{{{REL_NS}}}id"
KINDS = {"n": "number", "b": "bool", "e": "error"}
DIGITS = "0123456789"
COORDINATE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
# Entities are what XML bombs are built of. In UTF-8, which all workbooks use, they can be seen.
OTHER_ENCODING = re.compile(
    rb"""\xff\xfe|\xfe\xff|.?\x00|<\?xml[^>]*encoding\s*=\s*["'](?!utf-8["'])""", re.IGNORECASE | re.DOTALL
)
DOCUMENT_TYPE = b"<!DOCTYPE"
ESCAPED_CHARACTER = re.compile(r"_x([0-9A-Fa-f]{4})_")

# What zipfile, zlib, ElementTree and openpyxl raise on files that are cut, encrypted or made up.
BROKEN_FILE_ERRORS = (
    BadZipFile,
    zlib.error,
    SyntaxError,  # ParseError is one, and so is what lxml raises for openpyxl.
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)
WRONG_FILE = "The file is damaged or is not an XLSX workbook."


@contextmanager
def broken_files_explained() -> Iterator[None]:
    """Turn whatever a library says of a broken file into `SheetNotAWorkbook`."""
    try:
        yield
    except BROKEN_FILE_ERRORS as error:
        raise SheetNotAWorkbook(WRONG_FILE) from error


@dataclass(frozen=True)
class Sheet:
    """A tab: its name, whether Google hides it, and its part of the archive."""

    name: str
    is_hidden: bool
    path: str


class Cell(NamedTuple):
    """A cell that holds something, or that is coloured.

    `kind` is "text", "number", "bool" or "error"; `text` is the value as stored, a
    formula's result included; `formula` has no leading equals sign.
    """

    kind: str
    text: str
    style: int
    formula: str


@dataclass(frozen=True)
class Tab:
    """A tab's content: rows with cells as (number, cells by column index), link targets by (row, column).

    Rows are numbered as a reader of the sheet sees them; the first column's index is 0.
    """

    rows: list[tuple[int, dict[int, Cell]]]
    links: dict[tuple[int, int], str]


class _Archive(ZipFile):
    """An archive whose parts never unpack to more than its directory says, and hold no entities."""

    def read(self, name: str | ZipInfo, pwd: bytes | None = None) -> bytes:
        part = name if isinstance(name, ZipInfo) else self.getinfo(name)
        with self.open(part, pwd=pwd) as content:
            xml = content.read(part.file_size + 1)  # Without a bound, zipfile unpacks first and cuts then.
        if DOCUMENT_TYPE in xml or OTHER_ENCODING.match(xml):
            raise SheetNotAWorkbook(WRONG_FILE)
        return xml


class Workbook:
    """A workbook in memory: its tabs, strings and styles.

    Raises `SheetNotAWorkbook` or `SheetTooLarge`, at once or while a tab is read.
    """

    def __init__(self, data: bytes) -> None:
        with broken_files_explained():
            reader = ExcelReader(BytesIO(data), read_only=True, keep_links=False)
            self._archive = reader.archive = _Archive(BytesIO(data))
            _refuse_bombs(self._archive)
            reader.read_manifest()
            reader.read_workbook()
            apply_stylesheet(self._archive, reader.wb)
            self._book: Any = reader.wb
            self._names = frozenset(reader.valid_files)
            self._strings = self._read_strings(reader.package.find(SHARED_STRINGS))
            self.sheets = tuple(
                Sheet(clean_text(sheet.name)[:MAX_NAME_LENGTH], sheet.state != "visible", relation.target)
                for sheet, relation in reader.parser.find_sheets()
                if "chartsheet" not in relation.Type and relation.target in self._names
            )
        self._fills = [_fill_colour(self._book, style) for style in self._book._cell_styles]
        self._styles: dict[str | None, int] = {str(style): style for style in range(len(self._fills))}
        self._shared_formulas: dict[str | None, str] = {}
        self._cells_read = 0

    # Reading ---------------------------------------------------------------------------

    def read(self, sheet: Sheet) -> Tab:
        """Read a tab's cells and links."""
        tab = Tab([], {})
        number = 0
        self._shared_formulas.clear()
        with broken_files_explained():
            targets = self._link_targets(sheet)
            for element in self._parse(sheet.path, (ROW, HYPERLINK)):
                if element.tag == HYPERLINK:
                    _add_link(tab, element, targets)
                    continue
                number, cells = self._read_row(element, following=number + 1)
                if cells:
                    tab.rows.append((number, cells))
        return tab

    def _read_row(self, element: ET.Element, *, following: int) -> tuple[int, dict[int, Cell]]:
        number = _row_number(element.get("r"), following=following)
        cells: dict[int, Cell] = {}
        column = -1
        for child in element:
            # A cell without an address follows the one before it.
            reference = child.get("r")
            column = _column_index(reference.rstrip(DIGITS)) if reference else column + 1
            style = self._styles.get(child.get("s"), 0)
            if len(child) == 0 and not self._fills[style]:
                continue
            if column < MAX_COLUMNS:
                cells[column] = self._read_cell(child, style)
        self._count(len(cells) + CELLS_FOR_A_ROW)
        return number, cells

    def _read_cell(self, element: ET.Element, style: int) -> Cell:
        stored = element.get("t", "n")
        formula = self._formula(element)
        if stored == "inlineStr":
            inline = element.find(INLINE)
            return Cell("text", _text_of(inline) if inline is not None else "", style, formula)
        value = element.findtext(VALUE, "")
        if stored == "s" and value:
            return self._shared_text(value, style, formula)
        if stored == "d" and (moment := _iso_moment(value)):
            return Cell("number", str(to_excel(moment, self._book.epoch)), style, formula)
        return Cell(KINDS.get(stored, "text"), value, style, formula)

    def _formula(self, cell: ET.Element) -> str:
        """Return the formula; one that cells share stands in the first of them, and links need no shifting."""
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

    def _read_strings(self, part: "Override | None") -> list[str]:
        if part is None:
            return []
        return [_text_of(item) for item in self._parse(part.PartName[1:], (STRING,))]

    def _link_targets(self, sheet: Sheet) -> dict[str | None, str]:
        path = get_rels_path(sheet.path)
        if path not in self._names:
            return {}
        relations = self._parse(path, (RELATIONSHIP,))
        return {relation.get("Id"): relation.get("Target", "") for relation in relations}

    def _parse(self, path: str, tags: tuple[str, ...]) -> Iterator[ET.Element]:
        """Stream the elements of a part that carry one of the tags, and let go of each after use."""
        content = self._archive.read(path)
        if content.count(b"<") > MAX_TAGS_IN_PART:
            raise SheetTooLarge(f"A part of the workbook has more than {MAX_TAGS_IN_PART:,} tags.")
        at_once = 0
        for _event, element in ET.iterparse(BytesIO(content)):  # noqa: S314  (no document type, see `_Archive`)
            at_once += 1
            if element.tag in tags:
                yield element
                element.clear()
                at_once = 0
            elif at_once > MAX_ELEMENTS_AT_ONCE:
                raise SheetTooLarge(f"A row of the workbook has more than {MAX_ELEMENTS_AT_ONCE:,} parts.")

    def _count(self, cells: int) -> None:
        self._cells_read += cells
        if self._cells_read > MAX_CELLS:
            raise SheetTooLarge(f"The workbook has more than {MAX_CELLS:,} cells.")

    # Looks -----------------------------------------------------------------------------

    def fill(self, cell: Cell) -> str:
        """Return the colour of a solid fill as RRGGBB, or nothing; white counts as none."""
        return self._fills[cell.style]

    def number_format(self, cell: Cell) -> str:
        """Return the cell's number format code, `General` where it has none."""
        index = self._book._cell_styles[cell.style].numFmtId
        if index < BUILTIN_FORMATS_MAX_SIZE:
            return BUILTIN_FORMATS.get(index, "General")
        return self._book._number_formats[index - BUILTIN_FORMATS_MAX_SIZE]

    def moment(self, cell: Cell) -> datetime | None:
        """Return what a number means that is formatted as a date; None for any other cell."""
        if cell.kind != "number" or cell.style not in self._book._date_formats:
            return None
        try:
            moment = from_excel(float(cell.text), self._book.epoch)
        except (ValueError, OverflowError):
            return None
        if isinstance(moment, time):
            return datetime.combine(self._book.epoch, moment)
        return moment if isinstance(moment, datetime) else None


def _refuse_bombs(archive: ZipFile) -> None:
    if any(part.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for part in archive.infolist()):
        raise SheetNotAWorkbook(WRONG_FILE)
    unpacked = sum(part.file_size for part in archive.infolist())
    packed = sum(part.compress_size for part in archive.infolist())
    is_bomb = unpacked > RATIO_COUNTS_FROM_BYTES and unpacked > MAX_RATIO * packed
    if is_bomb or unpacked > MAX_UNPACKED_BYTES:
        raise SheetTooLarge(f"The workbook unpacks to {unpacked / 1_000_000:,.0f} MB.")


def _fill_colour(book: Any, style: "StyleArray") -> str:
    fill = book._fills[style.fillId]
    colour = fill.fgColor.rgb if getattr(fill, "fill_type", None) == "solid" else None
    if not isinstance(colour, str) or colour.endswith("FFFFFF"):
        return ""
    return colour[-6:].upper()


def _text_of(element: ET.Element) -> str:
    """Join the runs of a string, without the phonetic hints that East Asian text may carry."""
    if len(element) == 1 and element[0].tag == TEXT:
        text = element[0].text or ""
    else:
        text = "".join(part.text or "" for run in element if run.tag != PHONETIC for part in run.iter(TEXT))
    if "_x" in text:
        return ESCAPED_CHARACTER.sub(lambda match: chr(int(match[1], 16)), text)
    return text


def _add_link(tab: Tab, element: ET.Element, targets: dict[str | None, str]) -> None:
    target = targets.get(element.get(RELATION_ID), "")
    match = COORDINATE.match(element.get("ref", ""))
    if target and match:
        tab.links[int(match[2]), _column_index(match[1])] = target


def _row_number(stored: str | None, *, following: int) -> int:
    """Return a row's own number where it can be true: they only rise."""
    try:
        number = int(stored or following)
    except ValueError:
        return following
    return number if following <= number <= MAX_ROW else following


def _iso_moment(text: str) -> object:
    """Return the date or time that a cell of the type `d` holds."""
    try:
        return from_ISO8601(text)
    except ValueError:
        return None


@cache
def _column_index(letters: str) -> int:
    try:
        return column_index_from_string(letters) - 1
    except ValueError:
        return MAX_COLUMNS  # What stands nowhere is not read.
