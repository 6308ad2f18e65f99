"""The link to the release sheet."""

from urllib.parse import urlsplit

from django.conf import settings


def sheet_url() -> str:
    """Return the address at which people read the sheet; empty if it is no Google sheet."""
    try:
        parts = urlsplit(settings.GOOGLE_SHEETS_XLSX_URL)
    except ValueError:  # For example an unclosed bracket; the sync reports it.
        return ""
    if parts.hostname != "docs.google.com":
        return ""
    return f"https://docs.google.com{parts.path.removesuffix('/export')}"
