"""Which sheet the page of a run leads back to."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from catalog.models import SyncOperation, SyncRecord, Workbook
from tests.support.factories import make_operation, make_record
from tests.support.fragments import text_of
from tests.support.importing import sync
from tests.support.undo import ReadSheet, oldest_sheet, sheet

pytestmark = [pytest.mark.django_db, pytest.mark.once]

Status, Trigger = SyncOperation.Status, SyncOperation.Trigger
NOON = datetime(2025, 11, 22, 12, tzinfo=UTC)


class TestOffer:
    """A run's page leads back to a sheet."""

    def offered(self, client: Client, record: SyncRecord) -> str:
        """Return where the run's page leads back to."""
        page = client.get(record.operation.get_absolute_url()).content.decode()
        return page.partition('action="/catalog/undo/')[2].partition("/")[0]

    def test_the_last_run_offers_the_sheet_before_and_an_earlier_one_its_own(
        self, client: Client, two_sheets: tuple[SyncRecord, SyncRecord]
    ) -> None:
        assert [self.offered(client, record) for record in two_sheets] == [str(oldest_sheet().pk)] * 2
        Workbook.objects.filter(pk=oldest_sheet().pk).update(read_at=NOON)
        page = text_of(client.get(two_sheets[1].operation.get_absolute_url()))
        assert "Go back to the sheet of 22 Nov 2025, 12:00 UTC" in page

    def test_a_run_that_found_the_same_sheet_offers_the_one_before(
        self, client: Client, read_sheet: ReadSheet, two_sheets: tuple[SyncRecord, SyncRecord]
    ) -> None:
        again = read_sheet(sheet("Title 0", "Other", "New"))
        assert self.offered(client, again) == str(oldest_sheet().pk)
        assert self.offered(client, two_sheets[1]) == str(oldest_sheet().pk)

    def test_after_a_file_of_the_command_the_sheet_before_it_is_offered(
        self, client: Client, read_sheet: ReadSheet, tmp_path: Path
    ) -> None:
        before = read_sheet(sheet("Ebb", "Tide"))
        record = sync(sheet("Ebb", "Flow"), tmp_path)
        assert self.offered(client, record) == self.offered(client, before) == str(oldest_sheet().pk)

    def test_an_undo_that_did_not_complete_offers_its_own_again(
        self, client: Client, two_sheets: tuple[SyncRecord, SyncRecord]
    ) -> None:
        workbook = oldest_sheet()
        cancelled = make_operation(
            Status.CANCELLED, triggered_by=Trigger.UNDO, sheet_of=NOON, workbook_digest=workbook.digest
        )
        assert self.offered(client, make_record(cancelled)) == str(workbook.pk)
        assert self.offered(client, two_sheets[1]) == str(Workbook.objects.latest("pk").pk)

    @pytest.mark.usefixtures("two_sheets")
    def test_a_run_that_changed_nothing_and_read_nothing_offers_none(self, client: Client) -> None:
        failed = make_record(make_operation(Status.FAILED), rows=0, albums_updated=0)
        assert self.offered(client, failed) == ""

    def test_the_first_one_has_nothing_before_it(self, client: Client, read_sheet: ReadSheet) -> None:
        assert self.offered(client, read_sheet(sheet("Ebb"))) == ""

    def test_one_that_is_no_longer_kept_is_not_offered(
        self, client: Client, two_sheets: tuple[SyncRecord, SyncRecord]
    ) -> None:
        oldest_sheet().delete()
        assert [self.offered(client, record) for record in two_sheets] == ["", ""]

    def test_who_may_not_sync_sees_none(
        self, client: Client, settings: Any, two_sheets: tuple[SyncRecord, SyncRecord]
    ) -> None:
        settings.SYNC_ACCESS = "staff"
        assert self.offered(client, two_sheets[1]) == ""
        client.force_login(User.objects.create_user("curator", is_staff=True))
        assert self.offered(client, two_sheets[1]) != ""

    def test_a_runs_page_costs_three_queries_more_at_most(
        self,
        client: Client,
        two_sheets: tuple[SyncRecord, SyncRecord],
        django_assert_max_num_queries: DjangoAssertNumQueries,
    ) -> None:
        with django_assert_max_num_queries(9):
            assert self.offered(client, two_sheets[1])
