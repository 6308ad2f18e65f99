"""Names of countries by their ISO 3166-1 alpha-2 codes."""

import pycountry


def country_name(code: str) -> str:
    """Return the common English name of a code, or the code itself where it is none."""
    country = pycountry.countries.get(alpha_2=code)
    return getattr(country, "common_name", country.name) if country else code


def is_country_code(text: str) -> bool:
    return len(text) == 2 and text.isupper() and pycountry.countries.get(alpha_2=text) is not None  # noqa: PLR2004
