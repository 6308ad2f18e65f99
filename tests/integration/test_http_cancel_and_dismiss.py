"""Asking a run to end, and putting away how one ended."""

import pytest
from django.test import Client

from catalog.models import SyncOperation
from tests.support.fragments import CANCEL, DISMISS, HTMX, STATUS, make_ended, make_enriching, polls, text_of

Status = SyncOperation.Status


@pytest.mark.django_db
class TestCancel:
    """POST /catalog/sync/cancel/."""

    def test_it_asks_the_run_to_end_and_says_so(self, client: Client) -> None:
        operation = make_enriching()
        response = client.post(CANCEL, headers=HTMX)
        operation.refresh_from_db()
        assert operation.cancel_requested
        assert response.status_code == 200
        assert "Cancelling…" in text_of(response)
        assert polls(response)

    def test_the_form_names_the_run(self, client: Client) -> None:
        operation = make_enriching()
        form = client.get(STATUS).content.decode().partition('id="sync-cancel"')[2].partition("</form>")[0]
        assert f'<input type="hidden" name="operation" value="{operation.pk}">' in form
        assert "Cancelling…" in text_of(client.post(CANCEL, {"operation": operation.pk}, headers=HTMX))

    @pytest.mark.parametrize("name", ["0", "", "-1", "none", "9" * 400, "١"])
    def test_a_page_that_names_another_run_changes_nothing_and_sees_the_status(self, client: Client, name: str) -> None:
        operation = make_enriching()
        response = client.post(CANCEL, {"operation": name}, headers=HTMX)
        assert response.status_code == 200
        assert "320 of 2,148" in text_of(response)
        assert polls(response)
        operation.refresh_from_db()
        assert not operation.cancel_requested

    def test_with_no_run_it_changes_nothing(self, client: Client) -> None:
        operation = make_ended("success")
        response = client.post(CANCEL, headers=HTMX)
        assert response.status_code == 200
        assert not polls(response)
        assert not SyncOperation.objects.filter(cancel_requested=True).exists()
        assert SyncOperation.objects.get() == operation


@pytest.mark.django_db
class TestDismiss:
    """POST /catalog/sync/dismiss/."""

    def test_an_end_stays_away_for_this_visitor_only(self, client: Client) -> None:
        operation = make_ended("failed")
        response = client.post(DISMISS, {"operation": operation.pk}, headers=HTMX)
        assert "configuration error" not in text_of(response)
        for url in (STATUS, "/catalog/"):
            assert "configuration error" not in text_of(client.get(url))
            assert "configuration error" in text_of(Client().get(url))
        assert "HX-Trigger" not in client.get(STATUS)

    def test_the_end_of_the_next_run_shows_again(self, client: Client) -> None:
        client.post(DISMISS, {"operation": make_ended("failed").pk}, headers=HTMX)
        make_ended("success")
        assert "Sync complete!" in text_of(client.get(STATUS, headers=HTMX))

    def test_a_running_sync_cannot_be_dismissed(self, client: Client) -> None:
        operation = make_enriching()
        response = client.post(DISMISS, {"operation": operation.pk}, headers=HTMX)
        assert "320 of 2,148" in text_of(response)
        assert polls(response)
        operation.status = Status.FAILED
        operation.error_title = "Sync failed."
        operation.save()
        assert "Sync failed." in text_of(client.get(STATUS, headers=HTMX))

    @pytest.mark.parametrize("value", ["", "none", "-1", "9" * 400, "١"])
    def test_nonsense_is_ignored(self, client: Client, value: str) -> None:
        make_ended("failed")
        response = client.post(DISMISS, {"operation": value}, headers=HTMX)
        assert response.status_code == 200
        assert "configuration error" in text_of(response)
        assert "configuration error" in text_of(client.get(STATUS, headers=HTMX))
