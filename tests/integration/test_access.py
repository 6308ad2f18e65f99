"""Who may sync, how often, and what is kept of where they came from."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client, RequestFactory
from django.utils import timezone

from catalog.access import client_ip
from catalog.models import SyncOperation
from demo.standin import StandIn
from tests.support.factories import make_operation
from tests.support.fragments import BROWSER, CANCEL, HTMX, STATUS, TRIGGER, make_ended, make_enriching, text_of
from tests.support.syncing import run, wait_for_sync_threads

PASSWORD = "correct horse battery staple"
LOGIN = "/accounts/login/"
CATALOG = "/catalog/"
ONLY_STAFF = "Only staff may sync."


@pytest.fixture
def log_in(client: Client, standin: StandIn) -> Callable[..., Client]:
    """Log the client in as somebody new."""

    def log_in_as(*, is_staff: bool) -> Client:
        user = User.objects.create_user("somebody", password=PASSWORD, is_staff=is_staff)
        client.force_login(user)
        return client

    return log_in_as


@pytest.mark.usefixtures("standin")
class TestStaffOnly:
    """SYNC_ACCESS=staff."""

    @pytest.fixture(autouse=True)
    def staff_only(self, settings: Any) -> None:
        settings.SYNC_ACCESS = "staff"

    @pytest.mark.parametrize("address", [TRIGGER, CANCEL])
    def test_a_visitor_gets_a_fragment_with_403(self, client: Client, address: str) -> None:
        response = client.post(address, headers=HTMX)
        assert response.status_code == 403
        assert ONLY_STAFF in text_of(response)
        assert "<html" not in response.content.decode()
        assert not SyncOperation.objects.exists()

    @pytest.mark.parametrize("address", [TRIGGER, CANCEL])
    def test_a_visitor_without_javascript_gets_a_page_with_403(self, client: Client, address: str) -> None:
        response = client.post(address, headers=BROWSER)
        assert response.status_code == 403
        assert ONLY_STAFF in text_of(response)
        assert "<html" in response.content.decode()

    def test_a_visitor_cannot_cancel(self, client: Client) -> None:
        operation = make_enriching()
        assert client.post(CANCEL, headers=HTMX).status_code == 403
        operation.refresh_from_db()
        assert not operation.cancel_requested

    def test_an_account_alone_is_not_enough(self, log_in: Callable[..., Client]) -> None:
        assert log_in(is_staff=False).post(TRIGGER, headers=HTMX).status_code == 403

    def test_staff_may_start_and_cancel(self, log_in: Callable[..., Client], standin: StandIn) -> None:
        standin.fail_next("/export", delay_seconds=5)
        staff = log_in(is_staff=True)
        assert staff.post(TRIGGER, headers=HTMX).status_code == 202
        assert staff.post(CANCEL, headers=HTMX).status_code == 200
        wait_for_sync_threads()
        assert SyncOperation.objects.get().status == SyncOperation.Status.CANCELLED

    def test_the_button_is_there_for_staff_alone(self, client: Client, log_in: Callable[..., Client]) -> None:
        page = client.get(CATALOG).content.decode()
        assert TRIGGER not in page
        assert LOGIN in page
        assert TRIGGER in log_in(is_staff=True).get(CATALOG).content.decode()

    def test_a_visitor_still_sees_a_run_but_no_button_to_cancel_it(
        self, client: Client, log_in: Callable[..., Client]
    ) -> None:
        make_enriching()
        assert "320 of 2,148" in text_of(client.get(STATUS))
        assert CANCEL not in client.get(STATUS).content.decode()
        assert CANCEL in log_in(is_staff=True).get(STATUS).content.decode()


@pytest.mark.django_db
class TestLogin:
    """Django's own login, on a page of the site."""

    @pytest.fixture(autouse=True)
    def staff(self) -> User:
        return User.objects.create_user("curator", password=PASSWORD, is_staff=True)

    def test_it_leads_to_the_catalog(self, client: Client) -> None:
        assert "Staff login" in text_of(client.get(LOGIN))
        response = client.post(LOGIN, {"username": "curator", "password": PASSWORD})
        assert (response.status_code, response["Location"]) == (302, CATALOG)

    def test_it_returns_to_the_page_that_asked_for_it(self, client: Client) -> None:
        asked = client.get(LOGIN, {"next": "/catalog/syncs/"})
        assert 'name="next" value="/catalog/syncs/"' in asked.content.decode()
        response = client.post(LOGIN, {"username": "curator", "password": PASSWORD, "next": "/catalog/syncs/"})
        assert response["Location"] == "/catalog/syncs/"

    @pytest.mark.parametrize("elsewhere", ["https://example.org/", "//example.org/", "javascript:alert(1)"])
    def test_it_never_leads_elsewhere(self, client: Client, elsewhere: str) -> None:
        response = client.post(LOGIN, {"username": "curator", "password": PASSWORD, "next": elsewhere})
        assert response["Location"] == CATALOG

    def test_a_wrong_password_is_said_in_plain_words(self, client: Client) -> None:
        response = client.post(LOGIN, {"username": "curator", "password": "wrong"})
        assert response.status_code == 200
        assert "This name and password do not belong together." in text_of(response)


@pytest.mark.usefixtures("standin")
class TestCoolDown:
    """SYNC_COOLDOWN_SECONDS between public runs."""

    @pytest.fixture(autouse=True)
    def an_hour(self, settings: Any) -> None:
        settings.SYNC_COOLDOWN_SECONDS = 3600

    def test_the_public_waits_and_is_told_how_long(self, client: Client) -> None:
        make_operation(completed_at=timezone.now() - timedelta(minutes=30))
        response = client.post(TRIGGER, headers=HTMX)
        assert response.status_code == 429
        assert 1790 <= int(response["Retry-After"]) <= 1800
        assert "The last sync was only just now." in text_of(response)
        assert "The next sync can start in 30 min" in text_of(response)
        assert SyncOperation.objects.count() == 1

    def test_without_javascript_it_is_a_page(self, client: Client) -> None:
        make_operation()
        response = client.post(TRIGGER, headers=BROWSER)
        assert response.status_code == 429
        assert "<html" in response.content.decode()

    def test_staff_does_not_wait(self, log_in: Callable[..., Client]) -> None:
        make_operation()
        assert log_in(is_staff=True).post(TRIGGER, headers=HTMX).status_code == 202

    def test_it_ends(self, client: Client) -> None:
        make_operation(completed_at=timezone.now() - timedelta(seconds=3601))
        assert client.post(TRIGGER, headers=HTMX).status_code == 202

    @pytest.mark.parametrize("case", ["interrupted", "failed", "cancelled"])
    def test_a_run_that_did_not_complete_keeps_nobody_waiting(self, client: Client, case: str) -> None:
        make_operation()
        make_ended(case)
        assert client.post(TRIGGER, headers=HTMX).status_code == 202

    def test_nor_does_one_that_died_since(self, client: Client) -> None:
        make_operation()
        make_operation(SyncOperation.Status.RUNNING, heartbeat_at=timezone.now() - timedelta(minutes=2))
        assert client.post(TRIGGER, headers=HTMX).status_code == 202

    def test_nor_does_an_end_in_the_future(self, client: Client) -> None:
        make_operation(completed_at=timezone.now() + timedelta(days=1))
        assert client.post(TRIGGER, headers=HTMX).status_code == 202

    def test_a_run_under_way_is_told_as_such(self, client: Client) -> None:
        make_enriching()
        assert client.post(TRIGGER, headers=HTMX).status_code == 409


FORGED = "6.6.6.6, 203.0.113.9"


class TestAddress:
    """Where a visitor comes from."""

    @pytest.mark.parametrize(
        ("proxies", "remote", "forwarded", "expected"),
        [
            (0, "198.51.100.7", None, "198.51.100.7"),
            (0, "198.51.100.7", "6.6.6.6", "198.51.100.7"),
            (1, "10.0.0.1", "203.0.113.9", "203.0.113.9"),
            (1, "10.0.0.1", FORGED, "203.0.113.9"),
            (2, "10.0.0.1", f"{FORGED}, 10.0.0.2", "203.0.113.9"),
            (1, "10.0.0.1", None, None),
            (2, "10.0.0.1", "10.0.0.2", None),
            (1, "10.0.0.1", "6.6.6.6, nonsense", None),
            (1, "10.0.0.1", "", None),
            (1, "10.0.0.1", " 2001:db8::7 ", "2001:db8::7"),
            (0, "2001:0DB8:0::7", None, "2001:db8::7"),
            (0, "", None, None),
            (0, "unix:", None, None),
            (1, "10.0.0.1", "<script>", None),
            (1, "10.0.0.1", "203.0.113.9:443", None),
        ],
    )
    def test_only_our_own_proxies_are_believed(
        self, settings: Any, proxies: int, remote: str, forwarded: str | None, expected: str | None
    ) -> None:
        settings.TRUSTED_PROXIES = proxies
        headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
        request = RequestFactory(headers=headers).post(TRIGGER, REMOTE_ADDR=remote)
        assert client_ip(request) == expected

    @pytest.mark.usefixtures("standin")
    def test_it_is_kept_with_the_run(self, client: Client) -> None:
        assert client.post(TRIGGER, headers=HTMX, REMOTE_ADDR="203.0.113.9").status_code == 202
        assert SyncOperation.objects.get().created_by_ip == "203.0.113.9"

    @pytest.mark.parametrize("status", [200, 404])
    def test_it_is_deleted_after_30_days_even_by_a_sync_that_fails(self, standin: StandIn, status: int) -> None:
        standin.behaviour.export_status = status
        now = timezone.now()
        old, newer = (
            make_operation(started_at=now - timedelta(days=days), created_by_ip="203.0.113.9") for days in (31, 29)
        )
        run()
        old.refresh_from_db()
        newer.refresh_from_db()
        assert (old.created_by_ip, newer.created_by_ip) == (None, "203.0.113.9")
