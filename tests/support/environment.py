"""A process environment that nobody's shell or `.env` reaches into."""

import os
from collections.abc import Mapping

from demo.standin import StandIn

KEPT = ("CHROMIUM", "HOME", "LANG", "LC_ALL", "PATH", "PLAYWRIGHT_BROWSERS_PATH", "PYTHONPATH", "TMPDIR", "TZ", "USER")


def clean_environment(overrides: Mapping[str, str] | None = None) -> dict[str, str]:
    """Build an environment of what a program needs to start, and the settings given."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return kept | {"PROGMETAL_IGNORE_DOTENV": "1"} | dict(overrides or {})


def settings_for(standin: StandIn) -> dict[str, str]:
    """Return the settings, or the environment, that lead to a stand-in."""
    return {
        "GOOGLE_SHEETS_XLSX_URL": standin.sheet_url,
        "SPOTIFY_CLIENT_ID": standin.client_id,
        "SPOTIFY_CLIENT_SECRET": standin.client_secret,
        "SPOTIFY_API_URL": standin.spotify_api_url,
        "SPOTIFY_TOKEN_URL": standin.spotify_token_url,
    }
