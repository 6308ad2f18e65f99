"""System checks of the settings that a sync needs."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register

from catalog.vocabulary.credentials import missing_credentials


@register()
def sync_is_configured(**kwargs: Any) -> list[CheckMessage]:
    return [*_missing_credentials(), *_bad_sheet_url()]


def _missing_credentials() -> list[CheckMessage]:
    missing = missing_credentials(client_id=settings.SPOTIFY_CLIENT_ID, client_secret=settings.SPOTIFY_CLIENT_SECRET)
    if not missing:
        return []
    return [
        Warning(
            f"Spotify credentials not configured: {' and '.join(missing)} not set.",
            hint="Sync Now answers with an error until they are set in the environment or in .env.",
            id="catalog.W001",
        )
    ]


def _bad_sheet_url() -> list[CheckMessage]:
    parts = urlsplit(settings.GOOGLE_SHEETS_XLSX_URL)
    if parts.scheme in ("http", "https") and parts.hostname:
        return []
    return [
        Warning(
            "GOOGLE_SHEETS_XLSX_URL is not a web address.",
            hint="Use the sheet's export link: https://docs.google.com/spreadsheets/d/<id>/export?format=xlsx",
            id="catalog.W002",
        )
    ]


@register(Tags.security, deploy=True)
def secret_key_is_set(**kwargs: Any) -> list[CheckMessage]:
    """Warn of a random key, which differs in each process; Django's own check cannot recognise it."""
    if settings.SECRET_KEY_IS_SET:
        return []
    return [
        Warning(
            "SECRET_KEY is not set, so each worker makes one of its own.",
            hint="Set it to a long random string, or nobody stays logged in.",
            id="catalog.W003",
        )
    ]
