"""A process environment that nobody's shell or `.env` reaches into."""

import os
from collections.abc import Mapping

KEPT = ("HOME", "LANG", "LC_ALL", "PATH", "PLAYWRIGHT_BROWSERS_PATH", "PYTHONPATH", "TMPDIR", "TZ", "USER")


def clean_environment(overrides: Mapping[str, str] | None = None) -> dict[str, str]:
    """Build an environment of what a program needs to start, and the settings given."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return kept | {"PROGMETAL_IGNORE_DOTENV": "1"} | dict(overrides or {})
