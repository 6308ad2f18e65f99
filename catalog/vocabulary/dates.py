"""Release dates that may be known to the day, the month or the year only."""

from datetime import date
from enum import StrEnum


class DatePrecision(StrEnum):
    UNKNOWN = ""
    YEAR = "year"
    MONTH = "month"
    DAY = "day"

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        return [(precision.value, precision.name.lower()) for precision in cls]


WITH_A_MONTH = (DatePrecision.DAY, DatePrecision.MONTH)
ISO_LENGTHS: dict[str, int] = {DatePrecision.DAY: 10, DatePrecision.MONTH: 7, DatePrecision.YEAR: 4}


def iso_date(day: date | None, precision: str) -> str:
    """Return as much of a date as is known: `2025-11-28`, `2025-11`, `2025` or nothing."""
    return day.isoformat()[: ISO_LENGTHS.get(precision, 0)] if day else ""


def is_upcoming(release_date: date | None, release_year: int | None, today: date) -> bool:
    """Return whether a release lies ahead; an undated release of this year does."""
    if release_date:
        return release_date > today
    return (release_year or 0) >= today.year
