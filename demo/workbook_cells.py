"""Builds workbooks cell by cell."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import PatternFill

CellValue = str | int | float | date | None


@dataclass(frozen=True)
class CellSpec:
    """`link` becomes a relationship hyperlink, `fill` is an RGB colour like `#FFBA4A`."""

    value: CellValue
    link: str | None = None
    fill: str | None = None
    number_format: str | None = None


Row = Sequence[CellValue | CellSpec]


def build_workbook(tabs: Mapping[str, Iterable[Row]], *, hidden: Collection[str] = ()) -> bytes:
    """Write the rows of each tab as given, from row 1 and column A, in the order of the mapping."""
    # Write-only mode needs little memory, and leaves out <dimension> as Google's export does.
    workbook = Workbook(write_only=True)
    for name, rows in tabs.items():
        sheet: Any = workbook.create_sheet(name)
        sheet.sheet_state = "hidden" if name in hidden else "visible"
        for row in rows:
            sheet.append([_cell(sheet, spec) for spec in row])
    return _saved(workbook)


def _cell(sheet: Any, spec: CellValue | CellSpec) -> Any:
    if not isinstance(spec, CellSpec):
        return spec
    value: Any = spec.value  # openpyxl writes dates, though its type stubs know only datetimes.
    cell: Any = WriteOnlyCell(sheet, value)
    if spec.link is not None:
        cell.hyperlink = spec.link
    if spec.fill is not None:
        cell.fill = _fill(spec.fill)
    if spec.number_format is not None:
        cell.number_format = spec.number_format
    return cell


@cache
def _fill(colour: str) -> PatternFill:
    return PatternFill("solid", fgColor="FF" + colour.removeprefix("#").upper())


def _saved(workbook: Workbook) -> bytes:
    body = BytesIO()
    workbook.save(body)
    return body.getvalue()
