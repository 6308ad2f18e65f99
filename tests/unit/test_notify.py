"""Where a notification may go."""

import pytest

from catalog.services.notify.delivery import is_public
from catalog.vocabulary.addresses import is_web_address


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1"])
def test_addresses_of_the_open_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104  (nothing listens here)
        "::1",
        "fd00::1",
        "fe80::1%eth0",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
    ],
)
def test_all_others_are_not(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("text", ["http://example.org", "https://[::1]:8000/a?b=c"])
def test_a_web_address_is_known(text: str) -> None:
    assert is_web_address(text)


@pytest.mark.parametrize("text", ["", "example.org/hook", "ftp://example.org", "http://", "http://[::1"])
def test_other_text_is_none(text: str) -> None:
    assert not is_web_address(text)
