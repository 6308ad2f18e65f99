"""HTTP for the stand-in: requests, replies, and a server with its handler."""

import contextlib
import json
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol, cast
from urllib.parse import parse_qs, urlsplit

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"
CLOSING_SECONDS = 5
DRIPPING_BYTES = 1_000_000
# Closing with this setting sends a reset instead of a regular end.
ABORT_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query_string: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def query(self) -> dict[str, str]:
        """The first value of each parameter."""
        return {name: values[0] for name, values in parse_qs(self.query_string, keep_blank_values=True).items()}

    @property
    def form(self) -> dict[str, str]:
        """The first value of each field of a form."""
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}


class Drip(StrEnum):
    """Which part of an answer comes a byte at a time and has no end."""

    HEADERS = "headers"
    BODY = "body"
    OPEN_BODY = "open_body"  # The same without a Content-Length.


@dataclass(frozen=True)
class Reply:
    """One answer; a body in pieces is sent chunked, and if `truncated` without its end.

    One that drips begins with its body and goes on with zeros.
    """

    status: int
    body: bytes | Iterable[bytes] = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    truncated: bool = False
    reset: bool = False
    drip: Drip | None = None
    drip_seconds: float = 0.0


def json_reply(status: int, content: Any, **headers: str) -> Reply:
    """Underscores in a header's name become dashes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, json.dumps(content).encode(), {"Content-Type": JSON, **named})


def html_reply(status: int, text: str) -> Reply:
    page = f"<!doctype html><html><head><title>{text}</title></head><body><h1>{text}</h1></body></html>"
    return Reply(status, page.encode(), {"Content-Type": HTML})


class Application(Protocol):
    def answer(self, request: Request) -> Reply: ...


class Server(ThreadingHTTPServer):
    daemon_threads = True
    # Simultaneous clients of a test must not be refused.
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], application: Application) -> None:
        super().__init__(address, Handler)
        self.application = application
        self._connections: set[socket.socket] = set()
        self._changed = threading.Condition()

    def get_request(self) -> tuple[socket.socket, Any]:
        """Add each connection to those that `close_connections` closes."""
        connection, address = super().get_request()
        with self._changed:
            self._connections.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        with self._changed:
            self._connections.discard(request)
            self._changed.notify_all()

    def close_connections(self) -> None:
        """Close the connections that clients keep open, and wait for their threads."""
        with self._changed:
            for connection in self._connections:
                # The client may have closed it.
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            self._changed.wait_for(lambda: not self._connections, timeout=CLOSING_SECONDS)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that close their connection."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Small answers would otherwise wait for the client's acknowledgement.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: Any) -> None:
        """Write nothing to standard error: `StandIn` has its own log."""

    def _answer(self) -> None:
        reply = cast("Server", self.server).application.answer(self._request())
        if reply.reset:
            self._reset()
        else:
            self._send(reply)

    def _request(self) -> Request:
        target = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        headers = {name.title(): value for name, value in self.headers.items()}
        return Request(self.command, target.path, target.query, headers, body)

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.drip:
            self._drip(reply, reply.drip)
        elif isinstance(reply.body, bytes):
            self._send_whole(reply.body)
        else:
            self._send_chunks(reply.body, truncated=reply.truncated)

    def _send_whole(self, body: bytes) -> None:
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _send_chunks(self, pieces: Iterable[bytes], *, truncated: bool) -> None:
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in pieces:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        if truncated:
            self.close_connection = True
        else:
            self.wfile.write(b"0\r\n\r\n")

    def _drip(self, reply: Reply, part: Drip) -> None:
        """Send bytes until the client hangs up."""
        self.close_connection = True
        if part == Drip.HEADERS:
            self.flush_headers()
            self.wfile.write(b"X-Filler: ")
        else:
            if part == Drip.BODY:
                self.send_header("Content-Length", str(DRIPPING_BYTES))
            self.end_headers()
            self.wfile.write(b"".join([reply.body] if isinstance(reply.body, bytes) else reply.body))
        while True:
            self.wfile.write(b"0")
            time.sleep(reply.drip_seconds)

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT_ON_CLOSE)
        self.connection.close()
        self.close_connection = True
