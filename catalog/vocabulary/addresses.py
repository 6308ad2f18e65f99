"""Parts of web addresses."""

from urllib.parse import urlsplit


def is_web_address(url: str) -> bool:
    """Check that an address leads by http or https to a host."""
    try:
        parts = urlsplit(url)
        # A wrong port is found only when it is read.
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def origin(url: str) -> str:
    """Return scheme, host and port of an address; raises `ValueError` where it cannot be split."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
