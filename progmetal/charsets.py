"""Requests in charsets that the site does not read."""

import codecs
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.utils.http import parse_header_parameters

# The second is a part of UTF-8, and the third is what some programs name whatever they send.
ACCEPTED = ("utf-8", "ascii", "iso8859-1")


def refuse_other_charsets(application: WSGIApplication) -> WSGIApplication:
    """Answer 400 where Content-Type names a charset that Python knows and the site does not read.

    Django decodes the query with it before any middleware runs; some, such as rot13, decode no text and raise.
    """

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if _is_accepted(environ.get("CONTENT_TYPE", "")):
            return application(environ, start_response)
        start_response("400 Bad Request", [("Content-Type", "text/plain"), ("X-Content-Type-Options", "nosniff")])
        return [b"This site reads UTF-8."]

    return answer


def _is_accepted(content_type: str) -> bool:
    charset = parse_header_parameters(content_type)[1].get("charset", "utf-8")
    try:
        return codecs.lookup(charset).name in ACCEPTED
    except LookupError:
        return True  # Django ignores one that nobody knows.
