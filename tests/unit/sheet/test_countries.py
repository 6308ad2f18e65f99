"""Which countries the column “Country / State” means."""

import pytest

from catalog.services.sheet.countries import country_codes


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Finland", ("FI",)),
        ("finland", ("FI",)),
        ("UK", ("GB",)),
        ("USA", ("US",)),
        ("U.S.A.", ("US",)),
        ("Czech Republic", ("CZ",)),
        ("Czechia", ("CZ",)),
        ("The Netherlands", ("NL",)),
        ("Russia", ("RU",)),
        ("South Korea", ("KR",)),
        ("Türkiye", ("TR",)),
        ("JP", ("JP",)),
        ("Taiwan", ("TW",)),
    ],
)
def test_a_country_is_known_by_its_names(text: str, codes: tuple[str, ...]) -> None:
    assert country_codes(text) == codes


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Tampa, FL", "US"),
        ("Los Angeles, CA", "US"),
        ("Wilmington, DE", "US"),
        ("Québec City, Canada", "CA"),
        ("Montréal, Québec", "CA"),
        ("Toronto, ON", "CA"),
        ("Texas", "US"),
        ("British Columbia", "CA"),
        ("Austin, Texas, USA", "US"),
        ("Washington, D.C.", "US"),
        ("San Juan, Puerto Rico", "PR"),
        ("Gothenburg, Sweden", "SE"),
        ("Helsinki,Finland", "FI"),
    ],
)
def test_a_city_stands_in_the_place_behind_it(text: str, code: str) -> None:
    assert country_codes(text) == (code,)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("UK / US", ("GB", "US")),
        ("US/UK", ("US", "GB")),
        ("Sweden & Norway", ("SE", "NO")),
        ("Tampa, FL / Oslo, Norway", ("US", "NO")),
        ("England / Scotland", ("GB",)),
        ("Finland / Atlantis", ("FI",)),
    ],
)
def test_several_countries_come_in_their_order_each_once(text: str, codes: tuple[str, ...]) -> None:
    assert country_codes(text) == codes


@pytest.mark.parametrize("text", ["", " ", "/", "International", "Atlantis", "Tbilisi, Georgia", ",", "Mars, ZZ"])
def test_what_cannot_be_told_gets_no_code(text: str) -> None:
    assert country_codes(text) == ()


def test_two_letters_alone_are_a_state_as_the_curators_use_them() -> None:
    assert country_codes("CA") == ("US",)
    assert country_codes("QC") == ("CA",)


def test_georgia_alone_is_the_country() -> None:
    assert country_codes("Georgia") == ("GE",)
