"""Do the settings of the proxy agree with one another, and with a request's headers?"""

from collections.abc import Mapping
from typing import Any

import pytest

from catalog.doctor.site import examine_proxy, examine_worker

PUBLIC = {
    "ALLOWED_HOSTS": ["catalog.example.org", "127.0.0.1"],
    "CSRF_TRUSTED_ORIGINS": ["https://catalog.example.org"],
    "HTTPS": True,
    "TRUSTED_PROXIES": 1,
}
LOCAL = {"ALLOWED_HOSTS": ["localhost", "127.0.0.1"], "CSRF_TRUSTED_ORIGINS": [], "HTTPS": False, "TRUSTED_PROXIES": 0}
THROUGH_ONE_PROXY = {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"}


def proxy(settings: Any, values: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> list[tuple[Any, str]]:
    for name, value in values.items():
        setattr(settings, name, value)
    return [(finding.ok, finding.sentence) for finding in examine_proxy(headers)]


def test_a_laptop_needs_no_proxy(settings: Any) -> None:
    assert proxy(settings, LOCAL, {}) == [(True, "The site answers on this machine alone, and needs no proxy.")]


def test_a_public_site_as_the_documents_set_it_up(settings: Any) -> None:
    sentence = "The site answers to catalog.example.org through TLS, behind one proxy."
    assert proxy(settings, PUBLIC) == [(True, sentence)]
    assert proxy(settings, PUBLIC, THROUGH_ONE_PROXY) == [(True, sentence)]


def test_a_pattern_of_hosts_fits_a_pattern_of_addresses(settings: Any) -> None:
    values = PUBLIC | {"ALLOWED_HOSTS": [".example.org"], "CSRF_TRUSTED_ORIGINS": ["https://*.example.org"]}
    assert [ok for ok, _ in proxy(settings, values)] == [True]


def test_a_public_site_without_tls_is_left_to_its_admin(settings: Any) -> None:
    ((ok, sentence),) = proxy(settings, LOCAL | {"ALLOWED_HOSTS": ["catalog.example.org"]})
    assert ok is None
    assert "passwords may travel in the clear" in sentence


@pytest.mark.parametrize(
    ("values", "headers", "words"),
    [
        (PUBLIC | {"ALLOWED_HOSTS": ["localhost"]}, None, "HTTPS is on, but ALLOWED_HOSTS names this machine alone."),
        (
            PUBLIC | {"ALLOWED_HOSTS": ["other.example.org"]},
            None,
            "to which ALLOWED_HOSTS does not let",
        ),
        (PUBLIC | {"TRUSTED_PROXIES": 0}, None, "no proxy is trusted"),
        (PUBLIC | {"CSRF_TRUSTED_ORIGINS": ["http://catalog.example.org"]}, None, "names an address of http."),
        (PUBLIC | {"HTTPS": False}, None, "names an address of https, but HTTPS is off."),
        (LOCAL, THROUGH_ONE_PROXY, "TRUSTED_PROXIES is 0."),
        (LOCAL, THROUGH_ONE_PROXY, "came through TLS, but HTTPS is off."),
        (PUBLIC | {"TRUSTED_PROXIES": 2}, THROUGH_ONE_PROXY, "TRUSTED_PROXIES is 2, but this request names 1"),
    ],
)
def test_settings_that_do_not_agree(
    settings: Any, values: Mapping[str, Any], headers: Mapping[str, str] | None, words: str
) -> None:
    findings = proxy(settings, values, headers)
    assert all(ok is False for ok, _ in findings)
    assert any(words in sentence for _, sentence in findings)


def test_a_thread_needs_no_worker(settings: Any) -> None:
    settings.SYNC_RUNNER = "thread"
    assert examine_worker().ok is True
