"""What going back would change is shown first, and nothing is changed."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone

from catalog.models import Album, SyncOperation, Workbook
from catalog.services import sync_manager
from catalog.views import undo
from tests.support.factories import make_operation
from tests.support.fragments import BROWSER, HTMX, text_of
from tests.support.importing import seen_catalog
from tests.support.sheets import bandcamp_link, release_sheet
from tests.support.undo import GO_ON, ReadSheet, address, go_back, oldest_sheet, sheet

pytestmark = pytest.mark.django_db

Status = SyncOperation.Status


class TestPreview:
    """What would change is shown first, and nothing is changed."""

    @pytest.mark.usefixtures("two_sheets")
    def test_a_visit_explains_and_asks_nothing(self, client: Client) -> None:
        response = client.get(address(oldest_sheet()))
        assert "First see what would change" in text_of(response)
        assert "Show what would change" in text_of(response)

    @pytest.mark.usefixtures("two_sheets")
    def test_counts_and_changes_by_kind(self, client: Client) -> None:
        Album.objects.filter(title="Title 3").update(withdrawn_at=timezone.now())
        before = seen_catalog(), SyncOperation.objects.count()
        response = client.post(address(oldest_sheet()), headers=BROWSER)
        text = text_of(response)
        assert response.status_code == 200
        assert "Going back would mean: 2 withdrawn, 1 back again. The catalog would then have 10 albums." in text
        assert "Withdrawn: 2" in text
        assert "Back again: 1 Title 3 Lantern Fall" in text
        assert "Spotify is not asked." in text
        assert "Go back to this sheet" in text
        assert (seen_catalog(), SyncOperation.objects.count()) == before
        assert not SyncOperation.objects.holding().exists()

    def test_the_list_is_bounded(self, client: Client, read_sheet: ReadSheet) -> None:
        read_sheet(sheet("Ebb", *(f"Title {number}" for number in range(120))))
        read_sheet(sheet("Ebb"))
        Album.objects.exclude(title="Ebb").delete()
        response = client.post(address(oldest_sheet()), headers=BROWSER)
        assert "New: 120" in text_of(response)
        assert "and 70 more" in text_of(response)
        assert response.content.decode().count('<li class="change">') == 50

    def test_one_that_would_change_nothing_says_so_and_has_no_button(
        self, client: Client, read_sheet: ReadSheet
    ) -> None:
        read_sheet(sheet("Ebb"))
        response = client.post(address(oldest_sheet()), headers=BROWSER)
        assert "Nothing would change: the catalog is already as this sheet has it." in text_of(response)
        assert "start/" not in response.content.decode()

    def test_links_that_a_guard_would_keep_are_shown(self, client: Client, read_sheet: ReadSheet) -> None:
        rows = [{"Album": f"Title {number}", "Spotify": None} for number in range(10)]
        read_sheet(release_sheet(*rows))
        read_sheet(
            release_sheet(*(row | {"Bandcamp": bandcamp_link(f"album/{number}")} for number, row in enumerate(rows)))
        )
        assert "Going back would mean: 10 updated." in text_of(client.post(address(oldest_sheet()), headers=BROWSER))

    @pytest.mark.usefixtures("two_sheets")
    def test_a_sheet_that_is_no_longer_kept(self, client: Client) -> None:
        gone = oldest_sheet()
        Workbook.objects.filter(pk=gone.pk).delete()
        for response in (client.get(address(gone)), client.post(address(gone)), go_back(client, gone)):
            assert response.status_code == 404
            assert "This sheet is no longer kept. Newer ones have taken its place." in text_of(response)

    @pytest.mark.usefixtures("two_sheets")
    def test_a_sheet_that_goes_meanwhile(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Workbook, "read", lambda _digest: None)
        response = client.post(address(oldest_sheet()), headers=BROWSER)
        assert response.status_code == 503
        assert "This sheet is no longer kept." in text_of(response)

    @pytest.mark.usefixtures("two_sheets")
    def test_a_sheet_that_todays_rules_cannot_read(self, client: Client) -> None:
        Workbook.objects.update(content=b"PK\x03\x04")
        text = text_of(client.post(address(oldest_sheet()), headers=BROWSER))
        assert "The sheet could not be read." in text
        assert "Go back to another one. The catalog was not changed." in text
        assert "GOOGLE" not in text

    @pytest.mark.usefixtures("two_sheets")
    def test_a_sync_under_way(self, client: Client) -> None:
        make_operation(Status.RUNNING)
        answers = (client.get(address(oldest_sheet())), client.post(address(oldest_sheet())))
        for response in (*answers, go_back(client, oldest_sheet())):
            assert response.status_code == 409
            assert "A sync is in progress." in text_of(response)

    @pytest.mark.usefixtures("two_sheets")
    def test_one_at_a_time(self, client: Client) -> None:
        with undo.previewing:
            response = client.post(address(oldest_sheet()))
        assert response.status_code == 503
        assert "Another preview is being made." in text_of(response)
        assert client.post(address(oldest_sheet())).status_code == 200

    @pytest.mark.usefixtures("two_sheets")
    def test_for_those_who_may_sync(self, client: Client, settings: Any) -> None:
        settings.SYNC_ACCESS = "staff"
        answers = (client.get(address(oldest_sheet())), client.post(address(oldest_sheet())))
        for response in (*answers, go_back(client, oldest_sheet()), client.post(GO_ON, headers=HTMX)):
            assert response.status_code == 403
            assert "Only staff may sync." in text_of(response)
        client.force_login(User.objects.create_user("curator", is_staff=True))
        assert client.post(address(oldest_sheet())).status_code == 200

    @pytest.mark.usefixtures("two_sheets")
    def test_forms_need_their_token(self) -> None:
        strict = Client(enforce_csrf_checks=True)
        for url in (address(oldest_sheet()), address(oldest_sheet(), "start/"), GO_ON):
            assert strict.post(url).status_code == 403


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("two_sheets")
def test_a_preview_keeps_nobody_from_reading(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    was_locked, seen_by_others = [], []
    read, first_changes = sync_manager.read, sync_manager._first_changes

    def read_outside(*arguments: Any, **options: Any) -> Any:
        was_locked.append(connection.in_atomic_block)
        return read(*arguments, **options)

    def look_from_outside(*arguments: Any) -> Any:
        other = connection.copy()
        with other.cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM catalog_album WHERE withdrawn_at IS NULL")
            seen_by_others.append((Album.objects.visible().count(), *cursor.fetchone()))
        other.close()
        return first_changes(*arguments)

    monkeypatch.setattr(sync_manager, "read", read_outside)
    monkeypatch.setattr(sync_manager, "_first_changes", look_from_outside)
    assert client.post(address(oldest_sheet()), headers=BROWSER).status_code == 200
    assert (was_locked, seen_by_others) == ([False], [(10, 12)])
