"""The stand-in: Google's export and Spotify's Web API on a real socket."""

import dataclasses
import json
import math
import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from demo import google, spotify
from demo.behaviour import Behaviour, Clock, Fault, Faults, Limits, LoggedRequest, RequestLog
from demo.sample import SampleRelease
from demo.wire import Reply, Request, Server, html_reply, json_reply
from demo.workbook_writer import write_workbook

HOST = "127.0.0.1"
CLIENT_ID = "standin-client"
CLIENT_SECRET = "standin-secret"  # noqa: S105  (opens nothing but the stand-in)
CONTROL_PATH = "/_standin/"
ALBUMS_SHARE_OF_PACE = 0.75


class StandIn:
    """Serves a workbook and its albums inside a `with` block, or from `start` to `stop`."""

    def __init__(
        self,
        releases: Sequence[SampleRelease] = (),
        *,
        port: int = 0,
        behaviour: Behaviour | None = None,
        clock: Clock = time.monotonic,
    ) -> None:
        self.behaviour = behaviour or Behaviour()
        self.client_id = CLIENT_ID
        self.client_secret = CLIENT_SECRET
        self.workbook = b""
        self.albums: dict[str, spotify.Album] = {}
        self._port = port
        self._clock = clock
        self._log = RequestLog()
        self._faults = Faults()
        self._limits = Limits(clock)
        self._tokens = spotify.Tokens(self.client_id, self.client_secret)
        self._stopping = threading.Event()
        self._queue = threading.Lock()
        self._busy_until = -math.inf
        self._server: Server | None = None
        if releases:
            self.publish(releases)

    # Addresses -------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """Known once the stand-in has started."""
        return f"http://{HOST}:{self._port}"

    @property
    def sheet_url(self) -> str:
        return f"{self.url}{google.EXPORT_PATH}?format=xlsx"

    @property
    def spotify_api_url(self) -> str:
        """Without the version of the Web API."""
        return self.url

    @property
    def spotify_token_url(self) -> str:
        return f"{self.url}{spotify.TOKEN_PATH}"

    # Starting and stopping -------------------------------------------------------------------

    def start(self) -> Self:
        """After a `stop`, listen on the same port as before."""
        self._stopping.clear()
        self._server = Server((HOST, self._port), self)
        self._port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.05,), name="stand-in", daemon=True).start()
        return self

    def stop(self) -> None:
        if self._server is None:
            return
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._server.close_connections()
        self._server = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    # What it serves, and how it fails --------------------------------------------------------

    def publish(self, releases: Sequence[SampleRelease]) -> None:
        """Replace the sheet's releases and, for those with an id, Spotify's albums."""
        self.workbook = write_workbook(releases)
        self.albums = {release.spotify_id: release for release in releases if release.spotify_id}

    def payload(self, album_id: str) -> dict[str, Any]:
        """Return an album as the API does; a changed copy may be put into `albums`."""
        return dict(self._catalogue().find(album_id) or {})

    def fail_next(self, path: str, **answer: Any) -> None:
        """Answer the next requests whose path contains `path` with a `Fault`; without a status only late."""
        self._faults.add(Fault(path, **answer))

    def expire_tokens(self) -> None:
        """Answer 401 until the client has fetched a new token."""
        self._tokens.expire()

    # Requests so far -------------------------------------------------------------------------

    @property
    def requests(self) -> list[LoggedRequest]:
        return self._log.all()

    @property
    def ignored_retry_after(self) -> int:
        """The number of API requests that came before a Retry-After had passed."""
        return self._limits.ignored_retry_after

    def count(self, prefix: str) -> int:
        """Count the requests whose path begins with `prefix`."""
        return sum(request.path.startswith(prefix) for request in self.requests)

    def forget_requests(self) -> None:
        self._log.clear()

    # Answering -------------------------------------------------------------------------------

    def answer(self, request: Request) -> Reply:
        """Answer a request, and log it unless it is for the control interface."""
        if request.path.startswith(CONTROL_PATH):
            return self._control(request)
        arrived = self._clock()
        is_api = request.path.startswith(spotify.ALBUMS_PATH)
        if is_api:
            self._limits.arrive()
        reply = self._faulty(request) or self._served(request)
        if is_api and "Retry-After" in reply.headers:
            self._limits.told_to_wait(int(reply.headers["Retry-After"]))
        self._log.add(LoggedRequest(request.method, request.path, request.query_string, reply.status, arrived))
        return reply

    def _faulty(self, request: Request) -> Reply | None:
        fault = self._faults.take(request.path)
        if fault is None:
            return None
        self._wait(fault.delay_seconds)
        if fault.reset:
            return Reply(0, reset=True)
        return None if fault.status is None else _fault_reply(request.path, fault.status, fault)

    def _served(self, request: Request) -> Reply:
        if request.path in google.PATHS:
            return google.answer(request, behaviour=self.behaviour, workbook=self.workbook, wait=self._wait)
        if request.path == spotify.TOKEN_PATH:
            return spotify.answer_token(request, self._tokens)
        if request.path.startswith(spotify.IMAGE_PATH):
            return spotify.answer_image(request, self.albums)
        if request.path.startswith(spotify.ALBUMS_PATH):
            return self._api(request)
        return html_reply(404, "Not found")

    def _api(self, request: Request) -> Reply:
        self._wait(self.behaviour.delay_seconds + self._turn(self._pace(request)))
        return spotify.answer_albums(
            request, tokens=self._tokens, limits=self._limits, behaviour=self.behaviour, catalogue=self._catalogue()
        )

    def _pace(self, request: Request) -> float:
        asked = request.query.get("ids", "").count(",") + 1
        return self.behaviour.pace_seconds * ALBUMS_SHARE_OF_PACE * asked / max(1, len(self.albums))

    def _turn(self, seconds: float) -> float:
        """Return how long a request waits that takes so many seconds once those before it are answered.

        Parallel requests are no faster then, and a demo takes the time that it should.
        """
        if not seconds:
            return 0.0
        with self._queue:
            now = self._clock()
            self._busy_until = max(now, self._busy_until) + seconds
            return self._busy_until - now

    def _catalogue(self) -> spotify.Catalogue:
        return spotify.Catalogue(self.albums, self.url)

    def _wait(self, seconds: float) -> None:
        # An event, so that stopping ends every wait.
        if seconds:
            self._stopping.wait(seconds)

    # Control by other processes --------------------------------------------------------------

    def _control(self, request: Request) -> Reply:
        try:
            return self._controlled(request)
        except (ValueError, TypeError) as error:
            return json_reply(400, {"error": str(error)})

    def _controlled(self, request: Request) -> Reply:
        match request.method, request.path.removeprefix(CONTROL_PATH):
            case "GET", "requests":
                entries = [dataclasses.asdict(entry) for entry in self.requests]
                return json_reply(200, {"requests": entries, "ignored_retry_after": self.ignored_retry_after})
            case "POST", "behaviour":
                self.behaviour.change(json.loads(request.body))
            case "POST", "fail_next":
                self.fail_next(**json.loads(request.body))
            case "POST", "expire_tokens":
                self.expire_tokens()
            case "POST", "workbook":
                self.workbook = request.body
            case _:
                return json_reply(404, {"error": "The stand-in has no such control."})
        return json_reply(200, {"ok": True})


def _fault_reply(path: str, status: int, fault: Fault) -> Reply:
    retry = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    if fault.body or fault.drip or fault.headers:
        headers = {"Content-Type": fault.content_type, **retry, **fault.headers}
        return Reply(status, fault.raw_body, headers, drip=fault.drip, drip_seconds=fault.drip_seconds)
    if path.startswith(spotify.ALBUMS_PATH):
        return spotify.error_reply(status, "Something went wrong", retry_after=fault.retry_after)
    page = html_reply(status, "Service unavailable")
    return dataclasses.replace(page, headers={**page.headers, **retry})
