"""gunicorn's worker for the site: one loop receives requests and sends answers, so slow clients hold no thread."""

import os
from time import monotonic
from typing import Any

from gunicorn.workers.base import Worker
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer, create_server
from waitress.task import WSGITask

# Below the 1,024 files that a process may usually open.
CONNECTIONS = 800
# A connection on which nothing moves is closed; sought so often.
IDLE_SECONDS, IDLE_CHECK_SECONDS = 30, 5
HEADER_BYTES = 32 * 1024
# Nothing is uploaded, and no form of the site is near it. Bodies stay in memory until then.
BODY_BYTES = 256 * 1024
TURN_SECONDS = 1
LAST_TURN_SECONDS = 0.1


class Task(WSGITask):
    """A response, without the last chunk that waitress also sends where HEAD asked for a stream."""

    def build_response_header(self) -> bytes:
        """Return the headers as they would be for GET."""
        header = super().build_response_header()
        request: Any = self.request
        self.chunked_response = self.chunked_response and request.command != "HEAD"
        return header


class Channel(HTTPChannel):
    """A connection of one client."""

    task_class = Task


class BufferingWorker(Worker):
    """A process of gunicorn that serves with waitress: a request gets a thread when all of it has arrived."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        # Servers, channels and what wakes the loop, by file descriptor.
        self._dispatchers: dict[int, Any] = {}

    def run(self) -> None:
        """Serve until the master says stop, then finish the requests at hand."""
        self._listen()
        while self.alive and self.ppid == os.getppid():
            self._turn(TURN_SECONDS)
        for server in self._servers():
            server.accepting = False
        end = monotonic() + self.cfg.graceful_timeout
        while self._is_answering() and monotonic() < end:
            self._turn(LAST_TURN_SECONDS)

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Stop gracefully, without waiting for the end of the loop's present turn."""
        super().handle_exit(sig, frame)
        for server in self._servers():
            server.pull_trigger()

    def _listen(self) -> None:
        application: Any = self.wsgi
        listeners: list[Any] = self.sockets
        create_server(
            application,
            map=self._dispatchers,
            sockets=[listener.sock for listener in listeners],
            threads=self.cfg.threads,
            connection_limit=CONNECTIONS,
            channel_timeout=IDLE_SECONDS,
            cleanup_interval=IDLE_CHECK_SECONDS,
            max_request_header_size=HEADER_BYTES,
            max_request_body_size=BODY_BYTES,
            asyncore_use_poll=True,
            ident=None,
            # Django believes X-Forwarded-For and X-Forwarded-Proto as far as TRUSTED_PROXIES says.
            clear_untrusted_proxy_headers=False,
        )
        for server in self._servers():
            server.channel_class = Channel

    def _turn(self, seconds: float) -> None:
        self.notify()
        wasyncore.loop(timeout=seconds, use_poll=True, map=self._dispatchers, count=1)

    def _servers(self) -> list[BaseWSGIServer]:
        return [each for each in self._dispatchers.values() if isinstance(each, BaseWSGIServer)]

    def _is_answering(self) -> bool:
        channels = [each for each in self._dispatchers.values() if isinstance(each, Channel)]
        return any(channel.requests or channel.total_outbufs_len for channel in channels)
