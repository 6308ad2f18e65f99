"""A server that notes what is posted to it."""

import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

DRIP_SECONDS = 0.1


@dataclass(frozen=True)
class Posted:
    """One request: the path with its query, and the body."""

    path: str
    content_type: str
    body: str


class Receiver:
    """Answers each POST with `status` while the `with` block lasts; with `drips`, byte by byte and without end."""

    def __init__(self, *, status: int = 200, location: str = "", drips: bool = False) -> None:
        self.status = status
        self.location = location
        self.drips = drips
        self.posted: list[Posted] = []
        self.dropped = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.port: int = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/hook"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), name="receiver", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.dropped.set()
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                receiver.posted.append(Posted(self.path, self.headers["Content-Type"], body))
                if receiver.drips:
                    self._drip()
                    return
                self.send_response(receiver.status)
                if receiver.location:
                    self.send_header("Location", receiver.location)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def _drip(self) -> None:
                self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                try:
                    while not receiver.dropped.wait(DRIP_SECONDS):
                        self.wfile.write(b"a")
                except OSError:
                    receiver.dropped.set()

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing on standard error."""

        return Handler
