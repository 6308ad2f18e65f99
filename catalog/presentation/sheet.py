"""Where the release sheet can be read by people."""

from urllib.parse import urlsplit

from django.conf import settings


def sheet_url() -> str:
    """Return the page of the sheet that is synchronised, or nothing where it is no Google sheet."""
    try:
        parts = urlsplit(settings.GOOGLE_SHEETS_XLSX_URL)
    except ValueError:  # A bracket in the wrong place; the sync names the setting.
        return ""
    if parts.hostname != "docs.google.com":
        return ""
    return f"https://docs.google.com{parts.path.removesuffix('/export')}"
