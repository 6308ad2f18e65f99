"""Workbooks built cell by cell."""

from datetime import date, datetime
from io import BytesIO
from typing import Any
from zipfile import ZipFile

from openpyxl import load_workbook

from demo.workbook_cells import CellSpec, build_workbook


def opened(body: bytes) -> Any:
    return load_workbook(BytesIO(body))


def test_values_stand_where_they_are_given() -> None:
    sheet = opened(build_workbook({"One": [("a", None, 3), (), ("b",)]}))["One"]
    assert [sheet["A1"].value, sheet["B1"].value, sheet["C1"].value, sheet["A3"].value] == ["a", None, 3, "b"]


def test_a_cell_carries_link_fill_and_number_format() -> None:
    spec = CellSpec(date(2025, 4, 4), link="https://example.org/a", fill="#FFBA4A", number_format="mmmm d")
    cell = opened(build_workbook({"One": [(spec,)]}))["One"]["A1"]
    assert cell.value == datetime(2025, 4, 4)
    assert cell.hyperlink.target == "https://example.org/a"
    assert cell.fill.fgColor.rgb == "FFFFBA4A"
    assert cell.number_format == "mmmm d"


def test_a_text_that_begins_with_an_equals_sign_is_a_formula() -> None:
    cell = opened(build_workbook({"One": [('=HYPERLINK("https://example.org", "S")',)]}))["One"]["A1"]
    assert cell.data_type == "f"


def test_tabs_keep_their_order_and_some_are_hidden() -> None:
    book = opened(build_workbook({"B": [("x",)], "A": []}, hidden=["A"]))
    assert book.sheetnames == ["B", "A"]
    assert [sheet.sheet_state for sheet in book] == ["visible", "hidden"]


def test_no_dimension_is_declared_as_in_the_real_export() -> None:
    with ZipFile(BytesIO(build_workbook({"One": [("a",)]}))) as archive:
        assert b"<dimension" not in archive.read("xl/worksheets/sheet1.xml")
