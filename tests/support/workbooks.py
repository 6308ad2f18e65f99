"""The real export of the sheet, where somebody has put it beside the project."""

from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
REAL_WORKBOOK = PROJECT.parent / "shared" / "data" / "rprogmetal-releases-2025-11.xlsx"


def real_workbook() -> Path | None:
    """Return the path of the real export; None where there is none."""
    return REAL_WORKBOOK if REAL_WORKBOOK.is_file() else None
