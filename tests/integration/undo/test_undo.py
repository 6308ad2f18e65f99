"""The run that goes back to a sheet."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from catalog.models import Album, SyncOperation, SyncRecord, Workbook
from catalog.services.sync_manager import RUNNERS, SyncManager
from tests.support.factories import make_record
from tests.support.fragments import BROWSER, STATUS, text_of
from tests.support.importing import seen_catalog
from tests.support.undo import ReadSheet, address, go_back, newest, oldest_sheet, sheet, titles

pytestmark = pytest.mark.django_db

Status, Trigger = SyncOperation.Status, SyncOperation.Trigger
CATALOG = "/catalog/"
NOON = datetime(2025, 11, 22, 12, tzinfo=UTC)


@pytest.mark.usefixtures("run_at_once")
class TestUndo:
    """The run that goes back."""

    def test_it_does_what_the_preview_has_shown(self, client: Client, read_sheet: ReadSheet) -> None:
        few, many = sheet("Ebb"), sheet(*(f"Title {number}" for number in range(10)), "Ebb")
        read_sheet(few)
        good = seen_catalog()
        read_sheet(many)
        response = go_back(client, oldest_sheet())
        run = newest()
        assert (response.status_code, response["Location"]) == (302, run.get_absolute_url())
        assert (run.status, run.triggered_by, run.record.albums_withdrawn) == (Status.COMPLETED, Trigger.UNDO, 10)
        assert run.workbook_digest == oldest_sheet().digest
        assert seen_catalog() == good

    @pytest.mark.usefixtures("two_sheets")
    def test_its_page_says_so(self, client: Client) -> None:
        Workbook.objects.filter(pk=oldest_sheet().pk).update(read_at=NOON)
        go_back(client, oldest_sheet())
        went_back = (
            r"The catalog went back to the sheet of 22 Nov 2025, 12:00 UTC: 2 withdrawn, in \d+ s\. Spotify was not"
        )
        for url in (STATUS, CATALOG, newest().get_absolute_url()):
            assert re.search(went_back, text_of(client.get(url)))
        assert "Sheet read: " in text_of(client.get(CATALOG))
        album = Album.objects.visible()[0]
        assert 'datetime="2025-11-22T12:00:00+00:00"' in client.get(album.get_absolute_url()).content.decode()
        assert "Undo" in text_of(client.get("/catalog/syncs/"))

    def test_it_can_be_undone_itself(self, client: Client, two_sheets: tuple[SyncRecord, SyncRecord]) -> None:
        bad = two_sheets[1].operation.workbook_digest
        go_back(client, oldest_sheet())
        page = client.get(newest().get_absolute_url()).content.decode()
        assert address(Workbook.objects.get(digest=bad)) in page
        go_back(client, Workbook.objects.get(digest=bad))
        assert titles() == {"Title 0", "Other", "New"}
        assert Workbook.objects.count() == 2

    def test_one_that_changes_nothing_says_so(self, client: Client, read_sheet: ReadSheet) -> None:
        read_sheet(sheet("Ebb"))
        go_back(client, oldest_sheet())
        assert "has it: nothing changed. Spotify was not asked." in text_of(client.get(STATUS))

    @pytest.mark.usefixtures("two_sheets")
    def test_a_second_click_does_no_harm(self, client: Client) -> None:
        after = {"after": newest().pk}
        answers = [client.post(address(oldest_sheet(), "start/"), after, headers=BROWSER) for _ in range(2)]
        assert [answer["Location"] for answer in answers] == [newest().get_absolute_url()] * 2
        assert SyncOperation.objects.count() == 3

    @pytest.mark.parametrize("after", ["1", "", "x", "9" * 30])
    def test_a_preview_that_is_out_of_date_starts_nothing(
        self, client: Client, two_sheets: tuple[SyncRecord, SyncRecord], after: str
    ) -> None:
        make_record()
        after = str(two_sheets[1].operation_id) if after == "1" else after
        before = SyncOperation.objects.count()
        response = client.post(address(oldest_sheet(), "start/"), {"after": after}, headers=BROWSER)
        assert response.status_code == 409
        assert "A sync has started since the preview." in text_of(response)
        assert "Show what would change" in text_of(response)
        assert SyncOperation.objects.count() == before

    @pytest.mark.usefixtures("two_sheets")
    def test_the_cool_down_holds_for_the_public(self, client: Client, settings: Any) -> None:
        settings.SYNC_COOLDOWN_SECONDS = 3600
        response = go_back(client, oldest_sheet())
        assert response.status_code == 429
        assert int(response["Retry-After"]) > 3500
        assert "The last sync was only just now." in text_of(response)

    @pytest.mark.usefixtures("two_sheets")
    def test_it_needs_no_credentials(self, client: Client, settings: Any) -> None:
        settings.SPOTIFY_CLIENT_ID = ""
        assert go_back(client, oldest_sheet()).status_code == 302
        assert newest().status == Status.COMPLETED

    @pytest.mark.usefixtures("two_sheets")
    def test_it_is_never_tried_again_by_itself(self, client: Client) -> None:
        go_back(client, oldest_sheet())
        assert newest().retries_left == 0


@pytest.fixture
def started_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave a run to a worker, which knows its key alone."""
    monkeypatch.setitem(RUNNERS, "thread", lambda create: create())


@pytest.mark.usefixtures("started_only")
class TestByAWorker:
    """The run's row says all that a worker needs."""

    @pytest.mark.usefixtures("two_sheets")
    def test_the_row_says_which_sheet(self, client: Client) -> None:
        go_back(client, oldest_sheet())
        assert newest().status == Status.PENDING
        assert SyncManager().run_sync(newest().pk).status == Status.COMPLETED
        assert titles() == {f"Title {number}" for number in range(10)}

    @pytest.mark.usefixtures("two_sheets")
    def test_it_can_be_cancelled(self, client: Client) -> None:
        before = seen_catalog()
        go_back(client, oldest_sheet())
        SyncOperation.objects.active().update(cancel_requested=True)
        assert SyncManager().run_sync(newest().pk).status == Status.CANCELLED
        assert seen_catalog() == before

    @pytest.mark.usefixtures("two_sheets")
    def test_a_sheet_that_went_before_it_began(self, client: Client) -> None:
        before = seen_catalog()
        go_back(client, oldest_sheet())
        Workbook.objects.all().delete()
        run = SyncManager().run_sync(newest().pk)
        assert (run.status, run.error_title) == (Status.FAILED, "This sheet is no longer kept.")
        assert run.error_message.endswith("The catalog was not changed.")
        assert seen_catalog() == before
