"""The HTTP contract: for each request and case its status, headers and visible text."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from catalog.models import SyncOperation
from catalog.services.sync_manager import SyncManager
from catalog.views.status import DISMISSED_COOKIE
from demo.standin import StandIn
from tests.support.factories import make_operation, make_record
from tests.support.fragments import (
    BROWSER,
    CANCEL,
    DISMISS,
    HTMX,
    STATUS,
    TRIGGER,
    make_ended,
    make_enriching,
    polls,
    text_of,
)
from tests.support.waiting import wait_until

pytestmark = pytest.mark.once

Status = SyncOperation.Status


@pytest.mark.usefixtures("standin")
class TestTrigger:
    """POST /catalog/sync/trigger/."""

    def test_a_start_answers_202_with_the_running_status(self, standin: StandIn, client: Client) -> None:
        standin.fail_next("/export", delay_seconds=0.5)
        response = client.post(TRIGGER, headers=HTMX)
        assert response.status_code == 202
        assert response["HX-Trigger"] == "syncStarted"
        assert polls(response)
        assert "every 2s" in response.content.decode()
        assert "running for" in text_of(response)
        assert "Cancel" in text_of(response)

    def test_a_start_shows_a_disabled_button_beside_the_status(self, client: Client) -> None:
        content = client.post(TRIGGER, headers=HTMX).content.decode()
        assert 'id="sync-button"' in content
        assert '<button type="submit" class="btn btn-primary" disabled>' in content

    def test_the_first_answer_polls_however_short_the_run_is(
        self, client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.GOOGLE_SHEETS_XLSX_URL = "no such file"
        start = SyncManager.start_sync

        def start_and_wait(self: SyncManager, *, ip: str | None = None) -> SyncOperation:
            operation = start(self, ip=ip)
            wait_until(lambda: not SyncOperation.objects.active().exists())
            return operation

        monkeypatch.setattr(SyncManager, "start_sync", start_and_wait)
        response = client.post(TRIGGER, headers=HTMX)
        assert response.status_code == 202
        assert polls(response)
        assert client.get(STATUS)["HX-Trigger"] == "syncFailed, stopPolling"

    def test_a_start_makes_one_operation_with_the_visitors_address(self, client: Client) -> None:
        client.post(TRIGGER, headers=HTMX, REMOTE_ADDR="2001:db8::7")
        operation = SyncOperation.objects.get()
        assert operation.created_by_ip == "2001:db8::7"
        assert operation.triggered_by == SyncOperation.Trigger.BUTTON

    def test_a_visitor_without_an_address_may_start_too(self, client: Client) -> None:
        assert client.post(TRIGGER, headers=HTMX, REMOTE_ADDR="").status_code == 202
        assert SyncOperation.objects.get().created_by_ip is None

    def test_the_run_goes_on_to_its_end_by_itself(self, client: Client) -> None:
        client.post(TRIGGER, headers=HTMX)
        wait_until(lambda: not SyncOperation.objects.active().exists(), 20)
        response = client.get(STATUS, headers=HTMX)
        assert response["HX-Trigger"] == "syncCompleted, stopPolling"
        assert "Sync complete!" in text_of(response)

    def test_a_second_start_is_a_conflict_with_the_live_status(self, client: Client) -> None:
        make_enriching()
        response = client.post(TRIGGER, headers=HTMX)
        assert response.status_code == 409
        assert "HX-Trigger" not in response
        assert "alert-warning" in response.content.decode()
        assert "A sync is already in progress." in text_of(response)
        assert "320 of 2,148" in text_of(response)
        assert polls(response)
        assert SyncOperation.objects.count() == 1

    @pytest.mark.parametrize("missing", ["SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET"])
    def test_missing_credentials_make_no_operation(self, client: Client, settings: Any, missing: str) -> None:
        setattr(settings, missing, "")
        response = client.post(TRIGGER, headers=HTMX)
        assert response.status_code == 503
        assert "HX-Trigger" not in response
        assert "alert-error" in response.content.decode()
        assert "Spotify credentials not configured" in text_of(response)
        assert "SPOTIFY_CLIENT_ID" in text_of(response)
        assert "SPOTIFY_CLIENT_SECRET" in text_of(response)
        assert not polls(response)
        assert not SyncOperation.objects.exists()

    def test_the_button_is_usable_again_after_missing_credentials(self, client: Client, settings: Any) -> None:
        settings.SPOTIFY_CLIENT_ID = ""
        content = client.post(TRIGGER, headers=HTMX).content.decode()
        assert '<button type="submit" class="btn btn-primary">' in content

    @pytest.mark.parametrize("url", [TRIGGER, CANCEL, DISMISS])
    def test_no_csrf_token_is_403(self, url: str) -> None:
        response = Client(enforce_csrf_checks=True).post(url, headers=HTMX)
        assert response.status_code == 403
        assert not SyncOperation.objects.exists()
        assert not polls(response)

    def test_the_pages_own_token_is_accepted(self) -> None:
        client = Client(enforce_csrf_checks=True)
        client.get(reverse("catalog:album_list"))
        token = client.cookies["csrftoken"].value
        assert client.post(TRIGGER, headers=HTMX | {"X-CSRFToken": token}).status_code == 202


@pytest.mark.usefixtures("standin")
class TestWithoutJavaScript:
    """A browser's own form submission is led back to the catalog."""

    def test_a_start_redirects_to_the_catalog(self, standin: StandIn, client: Client) -> None:
        standin.fail_next("/export", delay_seconds=0.5)
        response = client.post(TRIGGER, headers=BROWSER)
        assert (response.status_code, response["Location"]) == (302, "/catalog/")
        assert "running for" in text_of(client.get("/catalog/"))

    def test_a_conflict_redirects_to_the_live_status(self, client: Client) -> None:
        make_enriching()
        response = client.post(TRIGGER, headers=BROWSER)
        assert (response.status_code, response["Location"]) == (302, "/catalog/")

    def test_missing_credentials_get_a_whole_page(self, client: Client, settings: Any) -> None:
        settings.SPOTIFY_CLIENT_SECRET = ""
        response = client.post(TRIGGER, headers=BROWSER)
        assert response.status_code == 503
        assert "<!doctype html>" in response.content.decode()
        assert "Spotify credentials not configured." in text_of(response)
        assert "Back to the catalog" in text_of(response)

    @pytest.mark.parametrize("url", [CANCEL, DISMISS])
    def test_cancel_and_dismiss_redirect_too(self, client: Client, url: str) -> None:
        make_enriching()
        response = client.post(url, headers=BROWSER)
        assert (response.status_code, response["Location"]) == (302, "/catalog/")


@pytest.mark.django_db
class TestStatus:
    """GET /catalog/sync/status/."""

    def test_an_active_run_shows_its_progress_and_polls_every_two_seconds(self, client: Client) -> None:
        make_enriching()
        response = client.get(STATUS, headers=HTMX)
        content, text = response.content.decode(), text_of(response)
        assert response.status_code == 200
        assert "HX-Trigger" not in response
        assert f'hx-get="{STATUS}" hx-trigger="every 2s"' in content
        assert "Enriching with Spotify metadata… 320 of 2,148" in text
        assert '<progress id="sync-progress-enriching"' in content
        assert 'value="320" max="2148"' in content
        assert 'class="spinner"' in content
        assert "14 % 320 of 2,148" in text
        assert "running for 4 s" in text

    def test_a_run_that_has_not_begun_is_active_too(self, client: Client) -> None:
        make_operation(Status.PENDING)
        response = client.get(STATUS, headers=HTMX)
        assert polls(response)
        assert "<progress" in response.content.decode()

    def test_a_server_error_does_not_end_the_polling(self, client: Client) -> None:
        make_enriching()
        assert 'hx-status:5xx="swap:none"' in client.get(STATUS, headers=HTMX).content.decode()

    @pytest.mark.parametrize(
        ("case", "event", "alert", "words"),
        [
            ("success", "syncCompleted", "alert-success", "Sync complete! 45 updated of 47 albums, in 4 s."),
            ("unchanged", "syncCompleted", "alert-success", "Everything was up to date. Checked 47 rows in 4 s."),
            ("paused", "syncCompleted", "alert-success", "Sync complete! 45 updated of 47 albums, in 4 s. Covers:"),
            ("warning", "syncCompleted", "alert-warning", "with warnings: 45 of 50 albums updated, 5 failed."),
            ("failed", "syncFailed", "alert-error", "Google Sheets configuration error. There is no sheet at"),
            ("interrupted", "syncFailed", "alert-warning", "The last sync was interrupted when the server restarted."),
            ("cancelled", "syncCompleted", "alert-info", "Sync cancelled. What was already saved stays"),
        ],
    )
    def test_an_end_says_how_and_polls_no_more(
        self, client: Client, case: str, event: str, alert: str, words: str
    ) -> None:
        make_ended(case)
        response = client.get(STATUS, headers=HTMX)
        assert response.status_code == 200
        assert response["HX-Trigger"] == f"{event}, stopPolling"
        assert alert in response.content.decode()
        assert words in text_of(response)
        assert not polls(response)
        assert '<button type="submit" class="btn btn-primary">' in response.content.decode()

    def test_a_warning_names_the_albums_that_failed(self, client: Client) -> None:
        make_ended("warning")
        text = text_of(client.get(STATUS, headers=HTMX))
        assert all(f"Ebb – Tide {row} (2025 Prog-metal, row {row + 7})" in text for row in range(5))

    def test_which_ones_failed_is_a_list_of_them(self, client: Client) -> None:
        operation = make_ended("warning")
        address = f"/catalog/syncs/{operation.pk}/issues/?kind=not_imported"
        assert f'href="{address}"' in client.get(STATUS, headers=HTMX).content.decode()
        assert "Ebb – Tide 4" in text_of(client.get(address))

    def test_idle_says_so_and_polls_nothing(self, client: Client) -> None:
        response = client.get(STATUS, headers=HTMX)
        assert response.status_code == 200
        assert "HX-Trigger" not in response
        assert "No sync in progress." in text_of(response)
        assert not polls(response)

    def test_an_end_that_was_dismissed_is_not_retold_as_a_success(self, client: Client) -> None:
        make_record(make_operation(Status.COMPLETED), rows=50, success=True)
        client.cookies[DISMISSED_COOKIE] = str(make_operation(Status.FAILED, error_title="Spotify is down.").pk)
        text = text_of(client.get(STATUS, headers=HTMX))
        assert "The last one failed. The last successful one checked 50 rows." in text

    def test_without_htmx_the_status_is_the_same_fragment(self, client: Client) -> None:
        make_enriching()
        response = client.get(STATUS, headers=BROWSER)
        assert response.status_code == 200
        assert "<!doctype" not in response.content.decode()
        assert "320 of 2,148" in text_of(response)

    def test_the_status_is_never_cached(self, client: Client) -> None:
        response = client.get(STATUS, headers=HTMX)
        assert {"no-cache", "no-store", "private"} <= set(response["Cache-Control"].replace(" ", "").split(","))
        assert "Cookie" in response["Vary"]

    @pytest.mark.parametrize(
        "case", ["success", "unchanged", "paused", "warning", "failed", "interrupted", "cancelled", "running", "idle"]
    )
    def test_a_poll_costs_at_most_two_queries(
        self, client: Client, case: str, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        if case == "running":
            make_enriching()
        elif case != "idle":
            make_ended(case)
        with django_assert_max_num_queries(2):
            client.get(STATUS, headers=HTMX)

    def test_a_poll_marks_a_dead_run_as_interrupted(self, client: Client) -> None:
        make_operation(Status.RUNNING, heartbeat_at=timezone.now() - timedelta(seconds=31))
        response = client.get(STATUS, headers=HTMX)
        assert response["HX-Trigger"] == "syncFailed, stopPolling"
        assert "Nothing was lost; start it again." in text_of(response)


@pytest.mark.django_db
@pytest.mark.parametrize("url", [TRIGGER, CANCEL, DISMISS])
def test_what_changes_something_is_not_for_get(client: Client, url: str) -> None:
    response = client.get(url)
    assert response.status_code == 405
    assert response["Allow"] == "POST"


@pytest.mark.django_db
def test_the_status_is_not_for_post(client: Client) -> None:
    assert client.post(STATUS).status_code == 405
