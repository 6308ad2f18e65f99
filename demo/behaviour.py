"""The stand-in's state: settings, faults to come, requests so far, rate limits."""

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from demo.wire import Drip

RATE_LIMIT_WINDOW_SECONDS = 30.0
QUOTA_RETRY_AFTER_SECONDS = 48_925

Clock = Callable[[], float]


class Export(StrEnum):
    """The body behind the export's last redirect."""

    WORKBOOK = "workbook"
    SIGN_IN = "sign_in"
    HTML = "html"
    GARBAGE = "garbage"
    TRUNCATED = "truncated"
    ENDLESS = "endless"
    RESET = "reset"


@dataclass
class Behaviour:
    """Settings that may be changed while the stand-in runs."""

    # The export. A redirect target may be a path or a URL; `loop` redirects to the export itself.
    export: Export = Export.WORKBOOK
    export_status: int = 200
    export_redirect: str | None = None
    export_bytes_per_second: int | None = None
    # Spotify. Development Mode refuses the batch endpoint.
    development_mode: bool = False
    requests_per_second: float | None = None
    window_seconds: float = RATE_LIMIT_WINDOW_SECONDS
    quota_calls: int | None = None
    quota_retry_after_seconds: int = QUOTA_RETRY_AFTER_SECONDS
    delay_seconds: float = 0.0
    # How long a whole run should take: a quarter for the export, the rest shared by the albums.
    pace_seconds: float = 0.0

    def change(self, values: Mapping[str, Any]) -> None:
        """Raises ValueError for an unknown field."""
        for name, value in values.items():
            if not hasattr(self, name) or callable(getattr(self, name)):
                raise ValueError(f"The stand-in has no behaviour called {name!r}.")
            setattr(self, name, Export(value) if name == "export" else value)


@dataclass
class Fault:
    """A wrong answer for the next requests whose path contains `path`.

    Without a status the request is only delayed, or its connection reset. `drip` names the part of the answer that
    comes a byte at a time.
    """

    path: str
    status: int | None = None
    times: int = 1
    body: bytes | str = b""
    content_type: str = "application/json; charset=utf-8"
    retry_after: int | None = None
    delay_seconds: float = 0.0
    reset: bool = False
    drip: Drip | None = None
    drip_seconds: float = 3.0
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def raw_body(self) -> bytes:
        """The body as it is sent."""
        return self.body.encode() if isinstance(self.body, str) else self.body


class Faults:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._faults.append(fault)

    def take(self, path: str) -> Fault | None:
        """Return the first fault for the path, and count it down."""
        with self._lock:
            fault = next((fault for fault in self._faults if fault.path in path), None)
            if fault is not None:
                fault.times -= 1
                self._faults = [left for left in self._faults if left.times > 0]
            return fault


@dataclass(frozen=True)
class LoggedRequest:
    """`at` is in seconds of the stand-in's own clock."""

    method: str
    path: str
    query: str
    status: int
    at: float


class RequestLog:
    """The requests so far, oldest first; safe to read while requests arrive."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: list[LoggedRequest] = []

    def add(self, request: LoggedRequest) -> None:
        with self._lock:
            self._requests.append(request)

    def all(self) -> list[LoggedRequest]:
        with self._lock:
            return list(self._requests)

    def clear(self) -> None:
        with self._lock:
            self._requests.clear()


@dataclass
class Limits:
    """Spotify's two limits: a rolling window of seconds, and a quota of calls."""

    clock: Clock = time.monotonic
    ignored_retry_after: int = 0
    _calls: deque[float] = field(default_factory=deque)
    _total: int = 0
    _blocked_until: float = -math.inf
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def arrive(self) -> None:
        """Count the request if it comes before a Retry-After has passed."""
        with self._lock:
            self.ignored_retry_after += self.clock() < self._blocked_until

    def told_to_wait(self, seconds: int) -> None:
        with self._lock:
            self._blocked_until = max(self._blocked_until, self.clock() + seconds)

    def quota_is_used_up(self, behaviour: Behaviour) -> bool:
        with self._lock:
            return behaviour.quota_calls is not None and self._total >= behaviour.quota_calls

    def seconds_to_wait(self, behaviour: Behaviour) -> int | None:
        """Return the Retry-After for one more call, or None after counting it as answered."""
        with self._lock:
            now = self.clock()
            while self._calls and self._calls[0] <= now - behaviour.window_seconds:
                self._calls.popleft()
            if behaviour.requests_per_second is not None:
                allowed = max(1, int(behaviour.requests_per_second * behaviour.window_seconds))
                if len(self._calls) >= allowed:
                    return max(1, math.ceil(self._calls[0] + behaviour.window_seconds - now))
            self._calls.append(now)
            self._total += 1
            return None
