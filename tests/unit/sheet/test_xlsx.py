"""Our reader yields what openpyxl's full mode yields, cell by cell; `make bench` compares the real workbook."""

import re
from datetime import date
from io import BytesIO

import pytest
from openpyxl import load_workbook

from catalog.services.errors import SheetTooLarge
from catalog.services.sheet import xlsx
from catalog.services.sheet.xlsx import Workbook
from demo.sample import sample_releases
from demo.workbook_cells import CellSpec, build_workbook
from demo.workbook_writer import write_workbook
from tests.support.archives import LINKS, SHEET, STYLES, parts_of, sharing_texts, text_cell, with_parts, workbook_with
from tests.support.sheets import release_sheet
from tests.support.xlsx_comparison import differences

ODD_CELLS = build_workbook(
    {
        "Odd": [
            ("text", "  spaces  ", "<b>&amp;", "Motörhead", "line\nbreak", "", "0012"),
            (1, 1.5, -3, 10**15, 0.1, True, False),
            (
                date(2025, 4, 11),
                CellSpec(date(1960, 7, 1), number_format="mmmm yyyy"),
                CellSpec(45000, number_format="0.00"),
            ),
            ("=1+1", '=HYPERLINK("https://a.example.com","S")', "#N/A", CellSpec("x", fill="#96DA77")),
            (),
            (None, None, CellSpec(None, fill="#FFBA4A"), CellSpec("S", link="https://a.example.com/?a=1&b=2")),
        ],
        "Hidden": [("x",)],
        "Empty": [],
    },
    hidden=["Hidden"],
)

WORKBOOKS = {
    "odd cells": lambda: ODD_CELLS,
    "generated": lambda: write_workbook(sample_releases(400, today=date(2025, 11, 22))),
    "shared texts": lambda: sharing_texts(release_sheet(*({"Album": f"Title {number}"} for number in range(50)))),
}


@pytest.mark.parametrize("name", WORKBOOKS)
def test_the_reader_sees_what_openpyxl_sees(name: str) -> None:
    assert differences(WORKBOOKS[name]()) == []


def test_a_workbook_without_a_default_style_is_read_without_a_word() -> None:
    # Warnings are errors here.
    unnamed = re.sub(rb"<cellStyles.*</cellStyles>", b"", parts_of(ODD_CELLS)[STYLES])
    workbook = with_parts(ODD_CELLS, {STYLES: unnamed})
    assert [sheet.name for sheet in Workbook(workbook).sheets] == ["Odd", "Hidden", "Empty"]


def test_the_values_of_formulas_are_read_beside_them() -> None:
    workbook = Workbook(ODD_CELLS)
    rows = dict(workbook.read(workbook.sheets[0]).rows)
    cells = next(row for row in rows.values() if any(cell.formula for cell in row.values()))
    assert [cells[column].formula for column in (0, 1)] == ["1+1", 'HYPERLINK("https://a.example.com","S")']
    assert cells[0].text == ""


def test_cells_that_share_a_formula_all_have_it() -> None:
    first = '<c r="A4"><f t="shared" si="0" ref="A4:B4">HYPERLINK("https://a.example.com","S")</f></c>'
    workbook = Workbook(workbook_with(f'<row r="4">{first}<c r="B4"><f t="shared" si="0"/><v>S</v></c></row>'))
    cells = dict(workbook.read(workbook.sheets[0]).rows)[4]
    assert cells[0].formula == cells[1].formula == 'HYPERLINK("https://a.example.com","S")'


def test_a_cell_without_an_address_follows_the_one_before_it() -> None:
    data = workbook_with('<row r="4"><c r="B4"><v>1</v></c><c r="D4"/><c><v>2</v></c><c><v>3</v></c></row>')
    ours = dict(Workbook(data).read(Workbook(data).sheets[0]).rows)[4]
    theirs = load_workbook(BytesIO(data)).worksheets[0][4]
    assert {column: float(cell.text) for column, cell in ours.items()} == {1: 1, 4: 2, 5: 3}
    assert {cell.column - 1: cell.value for cell in theirs if cell.value is not None} == {1: 1, 4: 2, 5: 3}


def test_a_date_may_be_written_out() -> None:
    cells = '<c r="A4" t="d"><v>2025-04-11T00:00:00</v></c><c r="B4" t="d"><v>soon</v></c>'
    workbook = Workbook(workbook_with(f'<row r="4">{cells}</row>'))
    written, odd = dict(workbook.read(workbook.sheets[0]).rows)[4].values()
    assert (written.kind, float(written.text)) == ("number", 45758)
    assert (odd.kind, odd.text) == ("text", "soon")


def test_a_tab_whose_part_is_missing_is_left_out() -> None:
    workbook = Workbook(with_parts(ODD_CELLS, {SHEET: None}))
    assert [sheet.name for sheet in workbook.sheets] == ["Hidden", "Empty"]


# Hyperlinks and merged cells over several cells ----------------------------------------------

ADDRESS = "https://a.example.com/album"
RELATIONS = f"""<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="rId1" Target="{ADDRESS}" TargetMode="External"
 Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"/></Relationships>""".encode()


def links_of(*hyperlinks: str) -> dict[tuple[int, int], str]:
    """Return the links of a tab with cells in A1:C1, A3:B3, A4:C4 and A5:B5."""
    middle = f'<row r="4">{text_cell("A4", "X")}{text_cell("B4", "X")}{text_cell("C4", "X")}</row>'
    links = "".join(f"<hyperlink {attributes}/>" for attributes in hyperlinks)
    data = workbook_with(middle, after=f"<hyperlinks>{links}</hyperlinks>", **{LINKS: RELATIONS})
    workbook = Workbook(data)
    return workbook.read(workbook.sheets[0]).links


@pytest.mark.parametrize("reference", ["B4", "$B$4", "B$4", "B4:B4"])
def test_a_hyperlink_names_its_cell_in_any_spelling(reference: str) -> None:
    assert links_of(f'ref="{reference}" r:id="rId1"') == {(4, 1): ADDRESS}


@pytest.mark.parametrize("reference", ["A3:B4", "$A$3:$B$4"])
def test_a_hyperlink_over_a_range_reaches_all_its_cells(reference: str) -> None:
    assert links_of(f'ref="{reference}" r:id="rId1"') == dict.fromkeys([(3, 0), (3, 1), (4, 0), (4, 1)], ADDRESS)


def test_a_hyperlink_over_whole_columns_reaches_only_cells_that_hold_something() -> None:
    links = links_of('ref="B1:XFD1048576" r:id="rId1"')
    assert sorted(links) == [(1, 1), (1, 2), (3, 1), (4, 1), (4, 2), (5, 1)]


def test_hyperlinks_over_ranges_count_towards_the_bound_of_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "MAX_CELLS", 100)
    with pytest.raises(SheetTooLarge, match="more than 100 cells"):
        links_of(*['ref="A1:C1048576" r:id="rId1"'] * 20)


def test_the_location_in_a_page_is_part_of_the_address() -> None:
    assert links_of('ref="B4" r:id="rId1" location="track-2"') == {(4, 1): f"{ADDRESS}#track-2"}


def test_a_location_in_the_workbook_itself_is_no_link() -> None:
    assert links_of('ref="B4" location="Sheet2!A1"', 'ref="x" r:id="rId1"', 'ref="B4:x" r:id="rId1"') == {}
