"""Rows as lines of files for spreadsheets, in which no cell can act as a formula."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence

ALBUMS_AT_ONCE = 2000
Cell = str | int | None

# Excel and Google Sheets both skip white space before a formula; the wide forms count in East Asian settings.
FORMULA = re.compile(r"[\s\x00-\x1f\u200b\ufeff]*[=+\-@＝＋－＠]|[\t\r\n]")
BYTE_ORDER_MARK = "\ufeff"


class _Echo:
    """A file whose `write` returns what is written, so that `csv` makes one line at a time."""

    def write(self, line: str) -> str:
        return line


def safe_cell(value: Cell) -> str:
    """Return a cell's text, with an apostrophe before what a spreadsheet would take for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if FORMULA.match(text) else text


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """Yield rows as CSV; Excel knows by the byte order mark that it is UTF-8."""
    writer = csv.writer(_Echo())
    yield BYTE_ORDER_MARK + writer.writerow(header)
    for row in rows:
        yield writer.writerow([safe_cell(cell) for cell in row])


def tsv_lines(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """Yield rows as they are pasted into a sheet: a line each, cells between tabs."""
    yield "\t".join(header) + "\n"
    for row in rows:
        yield "\t".join(map(_pasted_cell, row)) + "\n"


def _pasted_cell(value: Cell) -> str:
    """Return a cell on one line; a quotation mark counts as one only at the beginning of a cell."""
    text = safe_cell(" ".join(str("" if value is None else value).split()))
    return '"' + text.replace('"', '""') + '"' if text.startswith('"') else text
