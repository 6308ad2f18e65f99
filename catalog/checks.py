"""System checks of the settings that a sync needs."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register

from catalog.vocabulary.addresses import is_web_address
from catalog.vocabulary.credentials import missing_credentials


@register()
def credentials_are_set(**kwargs: Any) -> list[CheckMessage]:
    missing = missing_credentials(client_id=settings.SPOTIFY_CLIENT_ID, client_secret=settings.SPOTIFY_CLIENT_SECRET)
    message = f"Spotify credentials not configured: {' and '.join(missing)} not set."
    hint = "Sync Now answers with an error until they are set in the environment or in .env."
    return [Warning(message, hint=hint, id="catalog.W001")] if missing else []


@register()
def sheet_has_an_address(**kwargs: Any) -> list[CheckMessage]:
    is_valid = is_web_address(settings.GOOGLE_SHEETS_XLSX_URL)
    hint = "Use the sheet's export link: https://docs.google.com/spreadsheets/d/<id>/export?format=xlsx"
    return [] if is_valid else [Warning("GOOGLE_SHEETS_XLSX_URL is not a web address.", hint=hint, id="catalog.W002")]


@register(Tags.security, deploy=True)
def secret_key_is_set(**kwargs: Any) -> list[CheckMessage]:
    """Warn of a random key, which differs in each process; Django's own check cannot recognise it."""
    message = "SECRET_KEY is not set, so each worker makes one of its own."
    hint = "Set it to a long random string, or nobody stays logged in."
    return [] if settings.SECRET_KEY_IS_SET else [Warning(message, hint=hint, id="catalog.W003")]
