"""Clients that open connections, send part of a request or do not read, and hold on; and what others notice of them."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from time import perf_counter

IDLE, HALF_SENT, NOT_READING = 200, 40, 8
TIMEOUT_SECONDS = 30
SMALL_BUFFER = 4096

HALF_OF_THE_HEADERS = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Half"
HALF_OF_A_BODY = (
    b"POST /catalog/sync/trigger/ HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: csrftoken=" + b"a" * 32 + b"\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nhalf="
)
ALL_OF_THE_CATALOG = b"GET /catalog/albums.csv HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@contextmanager
def slow_clients(port: int) -> Iterator[None]:
    """Hold 200 silent connections, 40 with half a request, and 8 that do not read the answer to theirs."""
    halves = [HALF_OF_THE_HEADERS, HALF_OF_A_BODY] * (HALF_SENT // 2)
    with ExitStack() as held:
        for data in [b""] * IDLE + halves + [ALL_OF_THE_CATALOG] * NOT_READING:
            held.enter_context(_holding(port, data))
        yield


def health_seconds(port: int, requests: int) -> list[float]:
    """Ask `/healthz` on new connections, one after the other, and return how long each answer took."""
    return [_health_seconds(port) for _ in range(requests)]


def _holding(port: int, data: bytes) -> socket.socket:
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
    client.settimeout(TIMEOUT_SECONDS)
    client.connect(("127.0.0.1", port))
    client.sendall(data)
    return client


def _health_seconds(port: int) -> float:
    start = perf_counter()
    connection = HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        answer.read()
    finally:
        connection.close()
    if answer.status != 200:
        raise RuntimeError(f"/healthz answered {answer.status}.")
    return perf_counter() - start
