"""Parts of web addresses."""

from urllib.parse import urlsplit


def origin(url: str) -> str:
    """Return scheme, host and port of an address; raises `ValueError` where it cannot be split."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
