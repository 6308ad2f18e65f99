"""What holds on every page and for every production site."""

import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings

from catalog.checks import sheet_has_an_address
from catalog.middleware import DENIED_FEATURES
from catalog.models import Album, SyncOperation
from demo.standin import StandIn
from tests.support.environment import clean_environment
from tests.support.pages import all_addresses, html_pages, policy_of
from tests.support.site import PROJECT
from tests.support.syncing import run

pytestmark = pytest.mark.once

PRODUCTION = {
    "SECRET_KEY": "k3y-0f-a-t3st-that-is-long-enough-and-has-many-different-letters",
    "ALLOWED_HOSTS": "catalog.example.org",
    "CSRF_TRUSTED_ORIGINS": "https://catalog.example.org",
    "HTTPS": "on",
    "TRUSTED_PROXIES": "1",
    "SPOTIFY_CLIENT_ID": "an-id",
    "SPOTIFY_CLIENT_SECRET": "a-secret",
}
LINK = re.compile(r'<a [^>]*href="(https?://[^"]+)"[^>]*>')


@pytest.fixture
def addresses(standin: StandIn) -> list[str]:
    """Every address of a site that has synced, one album and one run in full."""
    run()
    linked = Album.objects.exclude(bandcamp_url="").exclude(spotify=None)[:2]
    return all_addresses(albums=[album.pk for album in linked], runs=[SyncOperation.objects.get().pk])


def content_of(response: Any) -> str:
    """Return the whole answer, streamed or not."""
    return (b"".join(response.streaming_content) if response.streaming else response.content).decode()


def check_deploy(**changes: str) -> subprocess.CompletedProcess[str]:
    """Run Django's checks for a site on the open internet."""
    settings = {name: text for name, text in (PRODUCTION | changes).items() if text}
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=PROJECT,
        env=clean_environment(settings),
        capture_output=True,
        text=True,
        check=False,
    )


class TestProduction:
    """The settings of a site behind TLS."""

    def test_the_checks_for_a_deployment_find_nothing(self) -> None:
        done = check_deploy()
        assert done.returncode == 0, done.stderr
        assert "no issues (0 silenced)" in done.stdout

    @pytest.mark.parametrize(
        ("changes", "warning"),
        [
            ({"SECRET_KEY": ""}, "SECRET_KEY is not set"),
            ({"DEBUG": "on"}, "security.W018"),
            ({"HTTPS": "off"}, "security.W004"),
            ({"SPOTIFY_CLIENT_SECRET": ""}, "SPOTIFY_CLIENT_SECRET not set"),
        ],
    )
    def test_they_find_what_is_missing(self, changes: dict[str, str], warning: str) -> None:
        done = check_deploy(**changes)
        assert done.returncode != 0
        assert warning in done.stderr

    def test_two_processes_without_a_key_do_not_share_a_guessable_one(self) -> None:
        keys = {_printed("from django.conf import settings; print(settings.SECRET_KEY)") for _ in range(2)}
        assert len(keys) == 2
        assert min(map(len, keys)) >= 50

    def test_cookies_and_hsts_with_https(self) -> None:
        printed = _printed(
            "from django.conf import settings as s; print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, "
            "s.SECURE_SSL_REDIRECT, s.SECURE_HSTS_SECONDS, s.SESSION_COOKIE_HTTPONLY)",
            **PRODUCTION,
        )
        assert printed == "True True True 31536000 True"


def _printed(statement: str, **settings: str) -> str:
    return subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "--command", statement],
        cwd=PROJECT,
        env=clean_environment(settings),
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


@pytest.fixture
def behind_tls() -> Iterator[Client]:
    """A visitor of a site that ends TLS itself."""
    with override_settings(
        HTTPS=True,
        SECURE_SSL_REDIRECT=True,
        SECURE_HSTS_SECONDS=31_536_000,
        SESSION_COOKIE_SECURE=True,
        CSRF_COOKIE_SECURE=True,
    ):
        yield Client()


@pytest.mark.django_db
class TestTls:
    """With HTTPS=on."""

    def test_plain_http_is_redirected(self, behind_tls: Client) -> None:
        response = behind_tls.get("/catalog/")
        assert (response.status_code, response["Location"]) == (301, "https://testserver/catalog/")

    @pytest.mark.parametrize("address", ["/healthz", "/readyz", "/metrics"])
    def test_probes_from_inside_are_not(self, behind_tls: Client, address: str) -> None:
        assert behind_tls.get(address).status_code == 200

    def test_pages_insist_on_tls_and_cookies_keep_to_it(self, behind_tls: Client) -> None:
        response = behind_tls.get("/accounts/login/", secure=True)
        assert response["Strict-Transport-Security"].startswith("max-age=31536000")
        assert response.cookies["csrftoken"]["secure"]

    def test_so_do_the_cookies_of_the_catalog(self, behind_tls: Client) -> None:
        assert behind_tls.get("/catalog/?page_size=50", secure=True).cookies["page_size"]["secure"]
        run = SyncOperation.objects.create(status=SyncOperation.Status.COMPLETED)
        response = behind_tls.post("/catalog/sync/dismiss/", {"operation": run.pk}, secure=True)
        assert response.cookies["dismissed_sync"]["secure"]


@pytest.mark.django_db
class TestBodies:
    """What visitors send is small text."""

    @pytest.mark.parametrize("address", ["/catalog/sync/trigger/", "/accounts/login/"])
    def test_a_file_is_refused_before_it_is_read(self, address: str) -> None:
        visitor = Client(enforce_csrf_checks=True)
        visitor.cookies["csrftoken"] = "a" * 32
        file = SimpleUploadedFile("large.bin", b"a" * 3_000_000)
        with patch("django.core.files.uploadhandler.TemporaryUploadedFile") as temporary:
            response = visitor.post(address, {"file": file, "csrfmiddlewaretoken": "a" * 32})
        assert response.status_code == 400
        assert not temporary.called

    def test_a_form_has_a_limit(self) -> None:
        visitor = Client(enforce_csrf_checks=True)
        visitor.cookies["csrftoken"] = "a" * 32
        form = {"csrfmiddlewaretoken": "a" * 32, "username": "a" * 300_000}
        assert visitor.post("/accounts/login/", form).status_code == 400


@pytest.mark.parametrize("url", ["catalog.example.org", "https://catalog.example.org/catalog", "http://["])
def test_a_wrong_site_url_is_told_at_the_start(url: str) -> None:
    done = check_deploy(SITE_URL=url)
    assert done.returncode != 0
    assert "SITE_URL must be like https://catalog.example.org" in done.stderr


@pytest.mark.parametrize("url", ["http://[", "sheet.xlsx", "https:///export", "http://host:port/export"])
def test_a_sheet_without_an_address_is_a_warning(settings: Any, url: str) -> None:
    settings.GOOGLE_SHEETS_XLSX_URL = url
    assert [warning.id for warning in sheet_has_an_address()] == ["catalog.W002"]


def test_every_answer_carries_the_headers(client: Client, addresses: list[str]) -> None:
    for address in [*addresses, "/catalog/no-such-page/"]:
        headers = client.get(address).headers
        policy = policy_of(headers)
        assert "unsafe" not in headers["Content-Security-Policy"], address
        assert policy["default-src"] == ["'none'"], address
        assert policy["script-src"] == ["'self'"], address
        assert policy["frame-ancestors"] == ["'none'"], address
        assert "object-src" not in policy, address
        assert headers["X-Content-Type-Options"] == "nosniff", address
        assert headers["X-Frame-Options"] == "DENY", address
        assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin", address
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin", address
        for feature in DENIED_FEATURES:
            assert f"{feature}=()" in headers["Permissions-Policy"], address


def test_no_page_needs_what_the_policy_forbids(client: Client, addresses: list[str]) -> None:
    runs = [SyncOperation.objects.get().pk]
    for address in html_pages(albums=[Album.objects.visible()[0].pk], runs=runs):
        page = client.get(address).content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)", page), address
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", page), address


def test_links_that_lead_away_give_nothing_of_us_away(client: Client, addresses: list[str]) -> None:
    away = [
        match
        for address in addresses
        if address.endswith("/")
        for match in LINK.finditer(content_of(client.get(address)))
    ]
    assert len(away) >= 4
    for link in away:
        assert 'rel="noopener noreferrer nofollow"' in link[0]


def test_no_secret_is_on_any_page(client: Client, addresses: list[str], standin: StandIn, settings: Any) -> None:
    for secret in (standin.client_secret, settings.SECRET_KEY):
        assert len(secret) > 10
        for address in addresses:
            response = client.get(address)
            assert response.status_code == 200, address
            assert secret not in content_of(response), address
            assert secret not in str(response.headers), address


def test_a_page_that_fails_tells_nothing_of_its_inside(
    standin: StandIn, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object, **_keywords: object) -> None:
        raise RuntimeError(f"the secret is {standin.client_secret}")

    monkeypatch.setattr("catalog.views.sync.status_for", fail)
    visitor = Client(raise_request_exception=False)
    response = visitor.get("/catalog/sync/status/")
    assert response.status_code == 500
    for word in (standin.client_secret, "RuntimeError", "Traceback"):
        assert word not in response.content.decode()


@pytest.mark.parametrize("address", ["/catalog/sync/trigger/", "/catalog/sync/cancel/", "/catalog/sync/dismiss/"])
def test_another_site_cannot_press_a_button_for_a_visitor(standin: StandIn, address: str) -> None:
    visitor = Client(enforce_csrf_checks=True)
    visitor.get("/catalog/")
    assert visitor.post(address, headers={"Origin": "https://example.org"}).status_code == 403
    assert not SyncOperation.objects.exists()


def test_a_container_can_ask_itself_whether_it_is_well() -> None:
    ask = "Client().get('/healthz', headers={'host': '127.0.0.1:8000'}).status_code"
    assert _printed(f"from django.test import Client; print({ask})", **PRODUCTION) == "200"
