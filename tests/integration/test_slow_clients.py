"""What the server itself answers: clients that are slow, silent or too large hold no thread."""

from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from runpy import run_path
from statistics import median

import pytest

from tests.support.site import PROJECT, WORKER_CLASS, Site
from tests.support.slow_clients import health_seconds, slow_clients

pytestmark = pytest.mark.once

LIMIT_SECONDS = 0.1


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, site_template: Path) -> Iterator[Site]:
    """One site for all tests here, none of which changes it."""
    with Site(directory=tmp_path_factory.mktemp("site"), template=site_template, workers=2) as running:
        yield running


def ask(site: Site, method: str, body: bytes = b"", **headers: str) -> int:
    connection = HTTPConnection("127.0.0.1", site.port, timeout=30)
    try:
        connection.request(method, "/healthz", body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def test_others_are_answered_while_slow_clients_hold_their_connections(site: Site) -> None:
    health_seconds(site.port, 10)
    with slow_clients(site.port):
        assert median(health_seconds(site.port, 50)) < LIMIT_SECONDS


def test_a_large_body_or_header_is_refused_before_it_is_sent(site: Site) -> None:
    assert ask(site, "POST", Content_Length="1000000000") == 413

    assert ask(site, "GET", Cookie="a" * 40_000) == 431


def test_another_charset_than_utf8_is_refused(site: Site) -> None:
    expected = {
        **dict.fromkeys(("rot13", "undefined", "utf-16", "idna"), 400),
        **dict.fromkeys(("utf-8", "UTF8", "us-ascii", "no-such-charset"), 200),
    }
    for charset, status in expected.items():
        assert (charset, ask(site, "GET", Content_Type=f"text/plain; charset={charset}")) == (charset, status)


def test_the_server_passes_on_what_a_proxy_says(start_site: Callable[..., Site]) -> None:
    behind_a_proxy = start_site(env={"HTTPS": "on", "TRUSTED_PROXIES": "1", "ALLOWED_HOSTS": "127.0.0.1"})
    connection = HTTPConnection("127.0.0.1", behind_a_proxy.port, timeout=30)
    for scheme, status in (("https", 200), ("http", 301)):
        connection.request("HEAD", "/catalog/", headers={"X-Forwarded-Proto": scheme})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == status
    connection.close()


@pytest.mark.parametrize("name", ["deploy", "demo"])
def test_a_configuration_has_the_worker_that_is_tried_here(name: str) -> None:
    assert run_path(str(PROJECT / name / "gunicorn.py"))["worker_class"] == WORKER_CLASS
