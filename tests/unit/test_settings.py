"""Settings are read, and nonsense is said in a sentence that names the setting."""

from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured

from progmetal.settings import interval, web_address

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("", 0 * HOUR), ("off", 0 * HOUR), ("0", 0 * HOUR), ("30m", HOUR / 2), (" 6H ", 6 * HOUR), ("1d", 24 * HOUR)],
)
def test_an_interval_is_read(monkeypatch: pytest.MonkeyPatch, value: str, expected: timedelta) -> None:
    monkeypatch.setenv("SYNC_EVERY", value)
    assert interval("SYNC_EVERY") == expected


@pytest.mark.parametrize("value", ["often", "6", "-1h", "1.5h", "0h", "6h 30m", "99999d"])
def test_an_interval_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("SYNC_EVERY", value)
    with pytest.raises(ImproperlyConfigured, match=r"^SYNC_EVERY must be a time such as 30m, 6h or 1d, or off, not "):
        interval("SYNC_EVERY")


@pytest.mark.parametrize("value", ["", "https://example.org/hook?key=1"])
def test_an_address_is_read(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("NOTIFY_URL", value)
    assert web_address("NOTIFY_URL") == value


def test_an_address_that_is_none_is_named_but_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_URL", "example.org/hook?key=1")
    with pytest.raises(ImproperlyConfigured, match=r"^NOTIFY_URL must be a web address") as raised:
        web_address("NOTIFY_URL")
    assert "key=1" not in str(raised.value)
