"""What becomes of a request whose charset the site does not read, in both protocols."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test import RequestFactory

from progmetal.asgi import application
from progmetal.charsets import refuse_other_charsets


def ask_wsgi(content_type: str) -> int:
    statuses: list[str] = []

    def start_response(status: str, headers: object, exc_info: object = None) -> Callable[[bytes], object]:
        statuses.append(status)
        return len

    environ = RequestFactory().get("/healthz", CONTENT_TYPE=content_type).environ
    refuse_other_charsets(WSGIHandler())(environ, start_response)
    return int(statuses[0].split()[0])


def ask_asgi(content_type: str) -> int:
    requests = [{"type": "http.request"}]
    answers: list[dict[str, Any]] = []
    headers = [(b"host", b"testserver"), (b"content-type", content_type.encode())]
    scope = {"type": "http", "method": "GET", "path": "/healthz", "query_string": b"", "headers": headers}

    async def receive() -> Any:
        return requests.pop() if requests else await asyncio.Future()

    async def send(message: dict[str, Any]) -> None:
        answers.append(message)

    async def ask() -> None:
        await application(scope, receive, send)

    asyncio.run(ask())
    return answers[0]["status"]


@pytest.mark.parametrize("ask", [ask_wsgi, ask_asgi])
@pytest.mark.parametrize(
    ("charset", "status"),
    [("rot13", 400), ("undefined", 400), ("utf-16", 400), ("utf-8", 200), ("us-ascii", 200), ("no-such-charset", 200)],
)
def test_only_charsets_within_utf8_are_read(ask: Callable[[str], int], charset: str, status: int) -> None:
    assert ask(f"text/plain; charset={charset}") == status
