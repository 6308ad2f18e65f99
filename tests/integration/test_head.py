"""HEAD, as it arrives on the wire."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.site import Site

PATHS = ("/catalog/", "/catalog/albums.atom", "/catalog/albums.ics", "/catalog/albums.json", "/catalog/albums.csv")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, site_template: Path) -> Iterator[Site]:
    with Site(directory=tmp_path_factory.mktemp("head"), template=site_template) as running:
        yield running


def test_no_body_follows_the_headers(site: Site) -> None:
    for path in (*PATHS, "/static/img/favicon.svg", "/nowhere"):
        head, body = ask(site, "HEAD", path)
        assert body == b"", path
        assert status_of(head) == status_of(ask(site, "GET", path)[0])


def test_the_length_is_that_of_the_body_that_get_has(site: Site) -> None:
    head, _ = ask(site, "HEAD", "/catalog/albums.json")
    _, body = ask(site, "GET", "/catalog/albums.json")
    assert f"content-length: {len(body)}".encode() in head.lower().splitlines()


def ask(site: Site, method: str, path: str) -> tuple[bytes, bytes]:
    """Return all that the server sends, before and behind the empty line."""
    with socket.create_connection(("127.0.0.1", site.port), timeout=10) as connection:
        lines = (f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{site.port}", "Connection: close", "", "")
        connection.sendall("\r\n".join(lines).encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    return head, body


def status_of(head: bytes) -> bytes:
    return head.split()[1]
