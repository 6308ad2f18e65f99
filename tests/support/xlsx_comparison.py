"""Our reader against openpyxl's full mode, cell by cell."""

from collections.abc import Iterator
from datetime import date, datetime, time
from io import BytesIO
from itertools import zip_longest
from typing import Any

from openpyxl import load_workbook
from openpyxl.cell import Cell as FullCell
from openpyxl.worksheet.formula import ArrayFormula

from catalog.services.sheet.xlsx import MAX_COLUMNS, Cell, Tab, Workbook


def differences(data: bytes) -> list[tuple[Any, Any]]:
    """Return the tabs and the cells that are not the same, as our reader and openpyxl see them."""
    workbook, full = Workbook(data), load_workbook(BytesIO(data))
    ours = [(sheet.name, sheet.is_hidden) for sheet in workbook.sheets]
    theirs = [(sheet.title, sheet.sheet_state != "visible") for sheet in full.worksheets]
    if ours != theirs:
        return [(ours, theirs)]
    return [
        (one, other)
        for sheet in workbook.sheets
        for one, other in zip_longest(seen_by_us(workbook, workbook.read(sheet)), seen_by_openpyxl(full[sheet.name]))
        if one != other
    ]


def seen_by_us(workbook: Workbook, tab: Tab) -> Iterator[tuple[Any, ...]]:
    """Yield place, value or formula, look and link of each cell that holds something."""
    for row, cells in tab.rows:
        for column, cell in cells.items():
            value = our_value(workbook, cell)
            fill, link = workbook.fill(cell), tab.links.get((row, column), "")
            if value != "" or fill or link:
                yield row, column, value, workbook.number_format(cell), fill, link


def our_value(workbook: Workbook, cell: Cell) -> Any:
    if cell.formula:
        return "=" + cell.formula
    if cell.kind == "bool":
        return cell.text == "1"
    if cell.kind != "number" or not cell.text:
        return cell.text
    return workbook.moment(cell) or float(cell.text)


def seen_by_openpyxl(sheet: Any) -> Iterator[tuple[Any, ...]]:
    for row in sheet.iter_rows(max_col=MAX_COLUMNS):
        for cell in row:
            value, fill = full_value(cell), full_fill(cell)
            link = (cell.hyperlink.target or "") if cell.hyperlink else ""
            if value != "" or fill or link:
                yield cell.row, cell.column - 1, value, cell.number_format, fill, link


def full_value(cell: FullCell) -> Any:
    value: Any = cell.value
    if value is None:
        return ""
    if isinstance(value, ArrayFormula):
        return value.text
    if isinstance(value, time):
        return datetime.combine(date(1899, 12, 30), value)
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def full_fill(cell: FullCell) -> str:
    colour = cell.fill.fgColor.rgb if cell.fill.fill_type == "solid" else None
    return colour[-6:].upper() if isinstance(colour, str) and not colour.endswith("FFFFFF") else ""
