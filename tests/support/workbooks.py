"""The real export of the sheet, where it is there."""

from datetime import date
from pathlib import Path

from demo.sample import sample_releases
from demo.workbook_writer import write_workbook

PROJECT = Path(__file__).resolve().parents[2]
REAL_WORKBOOK = PROJECT.parent / "shared" / "data" / "rprogmetal-releases-2025-11.xlsx"


def real_workbook() -> Path | None:
    """Return the path of the real export; None where there is none."""
    return REAL_WORKBOOK if REAL_WORKBOOK.is_file() else None


def release_workbook() -> bytes:
    """Return the real export; where there is none, a generated one of the same shape."""
    path = real_workbook()
    return path.read_bytes() if path else write_workbook(sample_releases(3000, today=date(2025, 11, 22)))
