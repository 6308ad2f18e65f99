"""The guard around unit tests."""

import socket

import pytest

from tests.unit.conftest import SocketOpenedError


def test_a_unit_test_cannot_connect() -> None:
    with socket.socket() as client, pytest.raises(SocketOpenedError):
        client.connect(("127.0.0.1", 9))
