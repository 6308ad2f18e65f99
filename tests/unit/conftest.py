"""Unit tests open no sockets."""

import socket
from typing import Any

import pytest


class SocketOpenedError(Exception):
    """A unit test tried to reach something outside its process."""


@pytest.fixture(autouse=True)
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection from Python; psycopg's own to PostgreSQL is made in C and passes."""

    def refuse(self: socket.socket, address: Any) -> None:
        raise SocketOpenedError(f"A unit test may not connect to {address!r}; move it to tests/integration.")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
