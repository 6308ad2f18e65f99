"""The sample workbook has the shape of the real export."""

from datetime import date
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook

from demo.sample import SampleRelease, sample_releases
from demo.workbook_writer import DATA_COLUMNS, write_workbook

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def releases() -> list[SampleRelease]:
    return sample_releases(1200, today=TODAY)


@pytest.fixture(scope="module")
def book(releases: list[SampleRelease]) -> Any:
    return load_workbook(BytesIO(write_workbook(releases)))


def header_row(sheet: Any) -> int:
    return next(row for row in range(1, 16) if sheet.cell(row, 1).value == "Artist")


def spotify_cells(book: Any) -> list[Any]:
    return [cell for sheet in book if sheet.title != "Statistics" for cell in sheet["I"] if cell.value]


def test_newest_tabs_come_first(book: Any) -> None:
    assert book.sheetnames[:3] == ["2027 Prog-metal", "2027 Prog-rock", "2026 Prog-metal"]
    assert book.sheetnames[-3:] == ["2017 Prog-rock", "2020 Reissues & Special Release", "Statistics"]


def test_one_tab_is_hidden_and_empty(book: Any) -> None:
    hidden = [sheet for sheet in book if sheet.sheet_state == "hidden"]
    assert [sheet.title for sheet in hidden] == ["2020 Reissues & Special Release"]
    assert hidden[0].max_row == header_row(hidden[0])


@pytest.mark.parametrize(("tab", "row"), [("2026 Prog-metal", 6), ("2021 Prog-rock", 6), ("2020 Prog-metal", 5)])
def test_the_header_stands_in_row_5_or_6(book: Any, tab: str, row: int) -> None:
    assert header_row(book[tab]) == row


def test_only_old_tabs_have_google_play(book: Any) -> None:
    columns = {name: [cell.value for cell in book[name][header_row(book[name])]] for name in book.sheetnames[:-1]}
    with_it = {name[:4] for name, values in columns.items() if "Google Play" in values}
    assert with_it == {"2017", "2018", "2019"}
    assert all(tuple(values[:7]) == DATA_COLUMNS for values in columns.values())


def test_every_release_has_its_row(book: Any, releases: list[SampleRelease]) -> None:
    written = {
        (sheet.cell(row, 1).value, sheet.cell(row, 2).value) for sheet in book for row in range(5, sheet.max_row + 1)
    }
    assert {(release.artist, release.title) for release in releases} <= written


def test_dates_are_shown_without_their_year(book: Any, releases: list[SampleRelease]) -> None:
    dates = [cell for cell in book["2026 Prog-metal"]["C"] if cell.is_date]
    assert {cell.number_format for cell in dates} == {"mmmm d", 'mmmm" "d'}
    assert {cell.value.year for cell in dates} == {2026}


def test_links_are_hyperlinks_and_formulas_in_every_spelling(book: Any) -> None:
    cells = spotify_cells(book)
    formulas = [cell.value for cell in cells if cell.data_type == "f"]
    assert any(cell.hyperlink for cell in cells)
    assert any(";" in formula for formula in formulas)
    assert any(formula.startswith("=hyperlink(") for formula in formulas)
    assert any("www.google.com/url?q=https%3A" in formula for formula in formulas)


def test_some_text_stands_without_a_link(book: Any) -> None:
    assert any(cell.value == "S" and cell.hyperlink is None for cell in spotify_cells(book))


def test_the_fill_of_the_length_marks_debuts_and_reissues(book: Any, releases: list[SampleRelease]) -> None:
    fills = [cell.fill.fgColor.rgb for sheet in book.worksheets[:-2] for cell in sheet["D"][header_row(sheet) :]]
    assert fills.count("FFFFBA4A") >= sum(release.is_debut for release in releases) > 0
    assert fills.count("FF96DA77") >= sum(release.is_reissue for release in releases) > 0


def test_gaps_stand_between_the_rows(book: Any) -> None:
    sheet = book["2026 Prog-metal"]
    gaps = [row for row in range(7, sheet.max_row) if sheet.cell(row, 1).value is None]
    assert gaps


def test_without_odd_rows_every_row_is_a_release(releases: list[SampleRelease]) -> None:
    book = load_workbook(BytesIO(write_workbook(releases, with_odd_rows=False)))
    rows = sum(
        sheet.cell(row, 1).value is not None
        for sheet in book.worksheets[:-2]
        for row in range(header_row(sheet) + 1, sheet.max_row + 1)
    )
    assert rows == len(releases)
