"""Workbooks that were made to stop whoever reads them, each from an honest one."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

from demo.sample import SampleRelease
from demo.workbook_writer import write_workbook
from tests.support.archives import SHEET, STYLES, parts_of, with_parts

BOOK = "xl/workbook.xml"
# Out of order: to normalise them takes quadratic time.
MARKS = "a" + "\u0301\u0323" * 25_000
MARKED_ROWS = 8
# Does not pack, so that nothing is refused for how tightly it is packed.
PADDING = Random(1).randbytes(1_000_000)  # noqa: S311  (it has to repeat)
NUMBER_FORMAT = '<numFmts><numFmt numFmtId="164" formatCode="{}"/></numFmts>'
NAME = '<definedName name="a">1</definedName>'


def _inserting(part: str, before: str, text: Callable[[], str]) -> Callable[[bytes], bytes]:
    def insert(workbook: bytes) -> bytes:
        content = parts_of(workbook)[part].decode()
        if before not in content:
            raise ValueError(f"{part} has no {before}")
        return with_parts(workbook, {part: content.replace(before, text() + before, 1).encode()})

    return insert


def _tabs_of_one_part() -> str:
    years = range(3000, 23_000)
    return "".join(f'<sheet name="{year} Prog-metal" sheetId="{year}" r:id="rId1"/>' for year in years)


CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "600,000 fonts": _inserting(STYLES, "</fonts>", lambda: "<font/>" * 600_000),
    "a number format of 200,000 brackets": _inserting(STYLES, "<fonts", lambda: NUMBER_FORMAT.format("[" * 200_000)),
    "600,000 names": _inserting(BOOK, "</workbook>", lambda: f"<definedNames>{NAME * 600_000}</definedNames>"),
    "20,000 tabs of one part": _inserting(BOOK, "</sheets>", _tabs_of_one_part),
    "3,000,000 cells": _inserting(SHEET, "</sheetData>", lambda: f"<row>{'<c/>' * 3_000_000}</row>"),
}


def hostile_workbooks(releases: Sequence[SampleRelease]) -> dict[str, bytes]:
    """Return a workbook of these releases in each of the hostile ways, by its name."""
    honest = with_parts(write_workbook(releases), {"xl/media/image.png": PADDING})
    marked = [replace(releases[0], artist=f"{at}{MARKS}", title=f"{at}{MARKS}") for at in range(MARKED_ROWS)]
    changed = {name: change(honest) for name, change in CHANGES.items()}
    return {"16 cells of unsorted marks": write_workbook([*releases, *marked]), **changed}
