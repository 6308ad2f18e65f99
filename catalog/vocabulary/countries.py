"""Names of countries by their ISO 3166-1 alpha-2 codes."""

from typing import Any


def country_name(code: str) -> str:
    """Return the common English name of a code, or the code itself where it is none."""
    country = _country(code)
    return getattr(country, "common_name", country.name) if country else code


def is_country_code(text: str) -> bool:
    return len(text) == 2 and text.isupper() and _country(text) is not None  # noqa: PLR2004


def _country(code: str) -> Any:
    import pycountry  # noqa: PLC0415  (not every process shows or reads countries)

    return pycountry.countries.get(alpha_2=code)
