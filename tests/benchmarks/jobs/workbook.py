"""The workbook that is measured with, and the floor: reading it with openpyxl and doing nothing."""

from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

ALBUMS = 20_000


def generate(*, path: str) -> None:
    """Write a workbook of invented releases in the shape of the real one."""
    from demo.sample import sample_releases  # noqa: PLC0415  (the floor is measured without it)
    from demo.workbook_writer import write_workbook  # noqa: PLC0415

    releases = sample_releases(ALBUMS, today=datetime.now(UTC).date())
    Path(path).write_bytes(write_workbook(releases))


def openpyxl_pass(*, path: str) -> dict[str, Any]:
    """Time one read-only pass over every row of every tab."""
    from openpyxl import DEFUSEDXML, load_workbook  # noqa: PLC0415

    start = perf_counter()
    workbook = load_workbook(path, read_only=True)
    rows = sum(1 for sheet in workbook.worksheets for _row in sheet.iter_rows(values_only=True))
    workbook.close()
    seconds = perf_counter() - start
    return {"seconds": seconds, "rows": rows, "parser": "defusedxml" if DEFUSEDXML else "plain ElementTree"}
