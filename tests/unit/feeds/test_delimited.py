"""Files for spreadsheets: what their cells may not do, and how they are cut into cells."""

import csv
from collections.abc import Iterator
from io import StringIO

import pytest

from catalog.feeds.delimited import Cell, csv_lines, safe_cell, tsv_lines


@pytest.mark.parametrize(
    "formula",
    [
        '=HYPERLINK("https://evil.example/")',
        "+1",
        "-1+cmd",
        "@SUM(A1)",
        "\tx",
        "\rx",
        "\nx",
        "   =1",
        "\t =1",
        "\u00a0=1",
        "\ufeff=1",
        "\u200b@x",
        "\x00=1",
        "＝1",
    ],
)
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(formula: str) -> None:
    assert safe_cell(formula) == f"'{formula}"


@pytest.mark.parametrize("text", ["Salt Meridian", "a=b", "10-4", "", "  two words", "'quoted"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert safe_cell(text) == text


def test_a_missing_value_is_an_empty_cell() -> None:
    assert safe_cell(None) == ""


def test_csv_is_utf_8_with_a_mark_that_excel_understands() -> None:
    body = "".join(csv_lines(("Artist", "Row"), [("Ætherløst, “live”", 7)]))
    assert body.startswith("\ufeffArtist,Row\r\n")
    assert list(csv.reader(StringIO(body[1:]))) == [["Artist", "Row"], ["Ætherløst, “live”", "7"]]


def test_csv_keeps_line_breaks_inside_their_cell_and_formulas_inert() -> None:
    body = "".join(csv_lines(("A", "B"), [('=1,"x"\n=2', "b")]))
    assert list(csv.reader(StringIO(body[1:], newline="")))[1] == ['\'=1,"x"\n=2', "b"]


@pytest.mark.parametrize(
    ("cell", "pasted"),
    [
        ("one\ttwo\r\nthree\u2028four", "one two three four"),
        ("  =1+1", "'=1+1"),
        ('12" mix', '12" mix'),
        ('"Heroes"', '"""Heroes"""'),
        (None, ""),
        (7, "7"),
    ],
)
def test_a_pasted_cell_stays_one_cell(cell: Cell, pasted: str) -> None:
    body = "".join(tsv_lines(("A", "B"), [(cell, "next")]))
    assert body == f"A\tB\n{pasted}\tnext\n"


def test_rows_are_made_only_as_they_are_sent() -> None:
    made: list[int] = []

    def rows() -> Iterator[tuple[int]]:
        for number in range(3):
            made.append(number)
            yield (number,)

    lines = csv_lines(("N",), rows())
    next(lines)
    assert made == []
    next(lines)
    assert made == [0]
