"""What openpyxl reads of a workbook besides its cells: tabs, styles, epoch and the part with the shared strings.

openpyxl gives styles only to cells that it has read itself, and `xlsx.py` says why we read the cells.
Therefore its private parts are used, in this module only, and its version is pinned to a minor.
"""

# ruff: noqa: SLF001  (see above)

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from typing import Any
from warnings import catch_warnings

from openpyxl.packaging.manifest import Manifest
from openpyxl.packaging.relationship import get_rels_path
from openpyxl.reader.excel import _find_workbook_part  # pyright: ignore[reportAttributeAccessIssue]  (not in stubs)
from openpyxl.reader.workbook import WorkbookParser
from openpyxl.styles.numbers import BUILTIN_FORMATS, BUILTIN_FORMATS_MAX_SIZE
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.xml.constants import ARC_CONTENT_TYPES, ARC_STYLE, SHARED_STRINGS
from openpyxl.xml.functions import fromstring

from catalog.services.errors import SheetNotAWorkbook, SheetTooLarge
from catalog.services.sheet.archive import WRONG_FILE, Archive
from catalog.services.sheet.cells import MAX_NUMBER_FORMAT_LENGTH, clean_text

# openpyxl hardly validates what it reads, and fails in all these ways. What XML parsers raise is a SyntaxError.
FAILURES = (SyntaxError, ArithmeticError, AttributeError, LookupError, OSError, RuntimeError, TypeError, ValueError)
GENERAL = "General"
MAX_NAME_LENGTH = 100
# openpyxl makes an object of each element, at about 80 µs. The styles of the real workbook have 3,955 tags.
MAX_TAGS = 50_000
MAX_TABS = 200  # The real workbook has 19.
# openpyxl's pattern for dates is quadratic in the length of a format, and tried for each style.
NUMBER_FORMAT = re.compile(rb"""formatCode\s*=\s*(?:"([^"]*)"|'([^']*)')""")


@dataclass(frozen=True)
class Sheet:
    """A tab: its name, whether Google hides it, and its part of the archive."""

    name: str
    is_hidden: bool
    path: str


@dataclass(frozen=True)
class Package:
    """The tabs, the path of the part with the shared strings, and what styles mean, by the index of the style.

    `fills` are RRGGBB of solid fills, or nothing; `dates` are the indexes of the styles that show a date.
    """

    sheets: list[Sheet]
    strings: str | None
    epoch: datetime
    fills: list[str]
    number_formats: list[str]
    dates: frozenset[int]


class _Parts(dict[str, bytes]):
    """Parts that have been read already, in place of the archive that openpyxl expects."""

    def read(self, name: str) -> bytes:
        return self[name]


@contextmanager
def _openpyxl_errors_explained() -> Iterator[None]:
    """For calls of openpyxl only: a defect of ours must not be reported as a damaged file."""
    try:
        yield
    except FAILURES as error:
        raise SheetNotAWorkbook(WRONG_FILE) from error


def open_package(archive: Archive) -> Package:
    """Raises `SheetNotAWorkbook`."""
    content_types = _bounded(archive, ARC_CONTENT_TYPES)
    with _openpyxl_errors_explained():
        root: Any = fromstring(content_types)
        manifest: Any = Manifest.from_tree(root)
        strings = manifest.find(SHARED_STRINGS)
        book_path: str = _find_workbook_part(manifest).PartName[1:]
        rels_path = get_rels_path(book_path)
    parts: Any = _Parts(
        {path: _bounded(archive, path) for path in (book_path, rels_path, ARC_STYLE) if path in archive.names}
    )
    if any(map(_is_long, NUMBER_FORMAT.findall(parts.get(ARC_STYLE, b"")))):
        raise SheetNotAWorkbook(WRONG_FILE)
    with _openpyxl_errors_explained():
        parser = WorkbookParser(parts, book_path, keep_links=False)
        parser.parse()
        # A workbook without a default style is as good as any other.
        with catch_warnings(action="ignore", category=UserWarning):
            apply_stylesheet(parts, parser.wb)
        sheets = list(parser.find_sheets())
    if len(sheets) > MAX_TABS:
        raise SheetTooLarge(f"The workbook has more than {MAX_TABS} tabs.")
    tabs = {  # Of tabs that share a part, the first is read.
        relation.target: Sheet(clean_text(sheet.name)[:MAX_NAME_LENGTH], sheet.state != "visible", relation.target)
        for sheet, relation in reversed(sheets)
        if "chartsheet" not in relation.Type and relation.target in archive.names
    }
    return _package(list(reversed(tabs.values())), strings.PartName[1:] if strings else None, parser.wb)


def _is_long(quoted: tuple[bytes, bytes]) -> bool:
    return len(unescape(b"".join(quoted).decode(errors="replace"))) > MAX_NUMBER_FORMAT_LENGTH


def _bounded(archive: Archive, path: str) -> bytes:
    content = archive.read(path)
    if content.count(b"<") > MAX_TAGS:
        raise SheetTooLarge(f"A part of the workbook that is read as a whole has more than {MAX_TAGS:,} tags.")
    return content


def _package(sheets: list[Sheet], strings: str | None, book: Any) -> Package:
    fills = [_fill_colour(fill) for fill in book._fills]
    return Package(
        sheets,
        strings,
        book.epoch,
        fills=[fills[style.fillId] if 0 <= style.fillId < len(fills) else "" for style in book._cell_styles],
        number_formats=[_number_format(book._number_formats, style.numFmtId) for style in book._cell_styles],
        dates=frozenset(book._date_formats),
    )


def _fill_colour(fill: Any) -> str:
    """White counts as no fill."""
    colour = fill.fgColor.rgb if getattr(fill, "fill_type", None) == "solid" else None
    return colour[-6:].upper() if isinstance(colour, str) and not colour.endswith("FFFFFF") else ""


def _number_format(custom: list[str], index: int) -> str:
    if index < BUILTIN_FORMATS_MAX_SIZE:
        return BUILTIN_FORMATS.get(index, GENERAL)
    index -= BUILTIN_FORMATS_MAX_SIZE
    return custom[index] if index < len(custom) else GENERAL
