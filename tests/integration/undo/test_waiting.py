"""After an undo no sync starts by itself until somebody says so."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from catalog.models import SyncOperation, SyncSchedule
from catalog.services.sync_manager import SyncManager
from tests.support.factories import make_operation, make_record
from tests.support.fragments import BROWSER, HTMX, STATUS, TRIGGER, text_of
from tests.support.undo import GO_ON, go_back, newest, oldest_sheet, titles

pytestmark = pytest.mark.django_db

Status, Trigger = SyncOperation.Status, SyncOperation.Trigger
CATALOG = "/catalog/"
NOON = datetime(2025, 11, 22, 12, tzinfo=UTC)


class TestWaiting:
    """After an undo no sync starts by itself until somebody says so."""

    WORDS = "Syncs by themselves wait since the undo of"

    @pytest.fixture(autouse=True)
    def undone(self, client: Client, settings: Any, request: pytest.FixtureRequest) -> None:
        for fixture in ("two_sheets", "run_at_once"):
            request.getfixturevalue(fixture)
        settings.SYNC_EVERY = timedelta(hours=6)
        SyncSchedule.objects.create(pk=SyncSchedule.ONLY, next_at=NOON)
        go_back(client, oldest_sheet())

    def test_the_schedule_waits_and_keeps_its_hours(self) -> None:
        undone = newest()
        SyncManager().start_due(NOON)
        assert newest() == undone
        assert SyncSchedule.objects.get().next_at == NOON + timedelta(hours=6)

    def test_a_retry_waits(self) -> None:
        failed = make_operation(Status.FAILED, retry_at=NOON, retries_left=2)
        SyncManager().start_due(NOON)
        assert newest() == failed

    def test_the_pages_say_so_and_have_a_button(self, client: Client) -> None:
        for url in (CATALOG, STATUS, newest().get_absolute_url()):
            response = client.get(url)
            assert self.WORDS in text_of(response)
            assert f'action="{GO_ON}"' in response.content.decode()
            assert "Next sync" not in text_of(response)

    def test_also_where_the_end_was_dismissed(self, client: Client) -> None:
        client.cookies["dismissed_sync"] = str(newest().pk)
        assert self.WORDS in text_of(client.get(CATALOG))

    def test_not_to_those_who_may_not_sync(self, client: Client, settings: Any) -> None:
        settings.SYNC_ACCESS = "staff"
        for url in (CATALOG, STATUS, newest().get_absolute_url()):
            assert self.WORDS not in text_of(client.get(url))
            assert GO_ON not in client.get(url).content.decode()

    def test_go_on(self, client: Client, settings: Any) -> None:
        etag = client.get(CATALOG)["ETag"]
        for _ in range(2):
            response = client.post(GO_ON, headers=BROWSER)
            assert (response.status_code, response["Location"]) == (302, CATALOG)
        page = client.get(CATALOG, headers={"If-None-Match": etag})
        assert page.status_code == 200
        assert self.WORDS not in text_of(page)
        assert "Next sync on 22 Nov 2025, 12:00 UTC" in text_of(page)
        settings.SPOTIFY_CLIENT_ID, settings.SPOTIFY_CLIENT_SECRET = "an-id", "a-secret"
        SyncManager().start_due(NOON)
        assert newest().triggered_by == Trigger.SCHEDULE

    def test_sync_now_reads_the_present_sheet_and_ends_the_wait(self, client: Client, settings: Any) -> None:
        settings.SPOTIFY_CLIENT_ID, settings.SPOTIFY_CLIENT_SECRET = "an-id", "a-secret"
        settings.SPOTIFY_REQUESTS_PER_SYNC = 0
        assert client.post(TRIGGER, headers=HTMX).status_code == 202
        assert {"Other", "New"} < titles()
        assert not SyncOperation.objects.holding().exists()
        assert self.WORDS not in text_of(client.get(CATALOG))


def test_without_a_success_the_page_plans_nothing_while_syncs_wait(client: Client) -> None:
    SyncSchedule.objects.create(pk=SyncSchedule.ONLY, next_at=NOON)
    operation = make_operation(Status.CANCELLED, triggered_by=Trigger.UNDO, sheet_of=NOON, holds_syncs=True)
    make_record(operation)
    assert "Next sync" not in text_of(client.get(CATALOG))
    SyncManager().go_on()
    assert "Next sync on 22 Nov 2025, 12:00 UTC" in text_of(client.get(CATALOG))
