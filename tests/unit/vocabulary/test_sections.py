"""What the name of a tab says."""

import pytest

from catalog.vocabulary.tabs import tab_year


@pytest.mark.parametrize(
    ("name", "year"),
    [
        ("2025 Prog-metal", 2025),
        ("2018", 2018),
        ("Best of 2019 and 2020", 2019),
        ("Reissues", None),
        ("12025 x", None),
        ("3000 BC", None),
    ],
)
def test_the_first_year_in_a_tabs_name_counts(name: str, year: int | None) -> None:
    assert tab_year(name) == year
