"""Whatever stands in a sheet: only our own errors, and no good row is lost for a bad neighbour."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.services.errors import NoReleaseTab, SheetNotAWorkbook, SheetTooLarge
from catalog.services.sheet.parser import read_releases
from demo.workbook_cells import CellSpec, build_workbook
from tests.support.archives import SHEET, parts_of, sharing_texts, with_parts
from tests.support.sheets import COLUMNS, TAB, release_sheet, release_tab, sheet_row

# What openpyxl remarks on workbooks that lack something.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

TEXT = st.text(
    st.characters(min_codepoint=32, exclude_categories=("Cs",), exclude_characters="\ufffe\uffff"), max_size=40
)
VALUES = st.one_of(
    st.none(),
    TEXT,
    st.integers(-(10**12), 10**12),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.dates(date(1900, 3, 1), date(9999, 12, 31)),
    TEXT.map(lambda text: f'=HYPERLINK("{text}";"S")'),
    st.builds(CellSpec, TEXT, link=TEXT.filter(bool), fill=st.sampled_from(["#FFBA4A", "#96DA77", "#FFFFFF"])),
)
ROWS = st.lists(st.lists(VALUES, max_size=len(COLUMNS) + 2), max_size=4)
EDITS = st.lists(st.tuples(st.integers(0, 10**6), st.sampled_from(b'<>/="&; 09Az\0\xff')), min_size=1, max_size=8)
GOOD = sharing_texts(release_sheet({}, {"Album": "Ebb"}))


@settings(max_examples=60)
@given(ROWS)
def test_no_row_takes_a_good_row_with_it(rows: list[list[str]]) -> None:
    tab = release_tab(sheet_row({"Album": "First"}), *rows, sheet_row({"Album": "Last"}))
    (reading,) = read_releases(build_workbook({TAB: tab}))
    titles = [release.title for release in reading.releases]
    assert (titles[0], titles[-1]) == ("First", "Last")
    assert reading.releases[-1].spotify_id


@settings(max_examples=100)
@given(st.sampled_from(sorted(parts_of(GOOD))), EDITS)
def test_no_damage_raises_anything_but_our_errors(name: str, edits: list[tuple[int, int]]) -> None:
    content = bytearray(parts_of(GOOD)[name])
    for place, byte in edits:
        content[place % len(content)] = byte
    with suppress(SheetNotAWorkbook, SheetTooLarge, NoReleaseTab):
        list(read_releases(with_parts(GOOD, {name: bytes(content)})))


def test_the_undamaged_workbook_is_read() -> None:
    assert SHEET in parts_of(GOOD)
    assert [len(reading.releases) for reading in read_releases(GOOD)] == [2]
