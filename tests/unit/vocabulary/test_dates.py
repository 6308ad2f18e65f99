"""Release dates that may be known to the day, the month or the year only."""

from datetime import date

import pytest

from catalog.vocabulary.dates import DatePrecision, iso_date


@pytest.mark.parametrize(
    ("precision", "text"),
    [
        (DatePrecision.DAY, "2025-11-28"),
        (DatePrecision.MONTH, "2025-11"),
        (DatePrecision.YEAR, "2025"),
        (DatePrecision.UNKNOWN, ""),
    ],
)
def test_a_date_is_written_as_far_as_it_is_known(precision: DatePrecision, text: str) -> None:
    assert iso_date(date(2025, 11, 28), precision) == text


def test_no_date_is_written_as_nothing() -> None:
    assert iso_date(None, DatePrecision.DAY) == ""
