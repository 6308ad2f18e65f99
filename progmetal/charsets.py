"""Requests in charsets that the site does not read."""

import codecs
from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.core.handlers.asgi import ASGIHandler
from django.utils.http import parse_header_parameters

# The second is a part of UTF-8, and the third is what some programs name whatever they send.
ACCEPTED = ("utf-8", "ascii", "iso8859-1")
HEADERS = {"Content-Type": "text/plain", "X-Content-Type-Options": "nosniff"}
BODY = b"This site reads UTF-8."

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
AsgiApplication = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]


def refuse_other_charsets(application: WSGIApplication) -> WSGIApplication:
    """Answer 400 where Content-Type names a charset that Python knows and the site does not read.

    Django decodes the query with it before any middleware runs; some, such as rot13, decode no text and raise.
    """

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if _is_accepted(environ.get("CONTENT_TYPE", "")):
            return application(environ, start_response)
        start_response("400 Bad Request", list(HEADERS.items()))
        return [BODY]

    return answer


def refuse_other_charsets_asgi(application: ASGIHandler) -> AsgiApplication:
    """Refuse the same in the protocol ASGI."""

    async def answer(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        content_type = dict(scope["headers"]).get(b"content-type", b"").decode("latin-1")
        if _is_accepted(content_type):
            await application(scope, receive, send)
            return
        headers = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
        await send({"type": "http.response.start", "status": 400, "headers": headers})
        await send({"type": "http.response.body", "body": BODY})

    return answer


def _is_accepted(content_type: str) -> bool:
    charset = parse_header_parameters(content_type)[1].get("charset", "utf-8")
    try:
        return codecs.lookup(charset).name in ACCEPTED
    except LookupError:
        return True  # Django ignores one that nobody knows.
