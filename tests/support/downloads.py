"""Files that a page offers."""

from typing import Any

from django.test import Client


def downloaded(client: Client, url: str) -> str:
    """Return the whole text of a file that is streamed."""
    response: Any = client.get(url)
    assert response.status_code == 200
    assert response.streaming
    return b"".join(response.streaming_content).decode()
