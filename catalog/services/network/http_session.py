"""HTTP requests that end in time whatever the other side sends, and that follow no redirect by themselves.

The time-outs of requests hold for each piece of an answer: a server that sends a byte now and then keeps a
request going for days.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from http.client import HTTPResponse
from math import inf
from time import monotonic
from typing import Any

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection

from catalog.services.journal.journal import count_request

_deadline: ContextVar[float] = ContextVar("_deadline", default=inf)


class TooLate(requests.Timeout):
    """The limit of `time_limit` has passed."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """End the requests of an `HttpSession` in this block after so many seconds; raises `TooLate` then.

    A server that falls silent is noticed by the time-outs of requests alone, a little later.
    """
    deadline = monotonic() + seconds
    token = _deadline.set(deadline)
    try:
        yield
    except requests.RequestException as error:
        if monotonic() < deadline:
            raise
        raise TooLate from error
    finally:
        _deadline.reset(token)


class HttpSession(requests.Session):
    """A session whose answers are read under the time limit, and whose redirects are answers like others.

    The requests of one for a named service are counted for the run that sends them.
    """

    def __init__(self, adapter: BaseAdapter | None = None, *, service: str = "") -> None:
        super().__init__()
        self._service = service
        for scheme in ("http://", "https://"):
            self.mount(scheme, adapter or TimedAdapter())

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        if self._service:
            count_request(self._service)
        return super().send(request, **kwargs)

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Name none: even where requests must not follow, it would read the whole body of a redirect."""


class TimedAdapter(HTTPAdapter):
    """What lets the time limit reach the connections of a session."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        _read_in_time(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> PoolManager:
        manager = super().proxy_manager_for(*args, **kwargs)
        if isinstance(manager, ProxyManager):  # One for SOCKS needs connections of its own.
            _read_in_time(manager)
        return manager


class _Response(HTTPResponse):
    """An answer, its headers included, that is read until the deadline of the request."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fp = io.BufferedReader(_Received(self.fp.detach(), _deadline.get()))


class _Received(io.RawIOBase):
    """What a socket receives, until a deadline."""

    def __init__(self, received: io.RawIOBase, deadline: float) -> None:
        self._received = received
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if monotonic() >= self._deadline:
            raise TimeoutError
        return self._received.readinto(buffer)

    def close(self) -> None:
        self._received.close()
        super().close()


class _HttpConnection(HTTPConnection):
    response_class = _Response


class _HttpsConnection(HTTPSConnection):
    response_class = _Response


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _HttpConnection  # pyright: ignore[reportAssignmentType]  (urllib3's own do not fit either)


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _HttpsConnection  # pyright: ignore[reportAssignmentType]


def _read_in_time(manager: PoolManager) -> None:
    manager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}
