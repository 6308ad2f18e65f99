"""The last workbooks that were read are in the database."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from catalog.models import SyncOperation, Workbook
from catalog.services import run_context
from catalog.services.sync_manager import SyncManager
from catalog.services.sync_run import SyncOptions
from tests.support.importing import sync
from tests.support.undo import ReadSheet, exported_again, sheet, titles

pytestmark = pytest.mark.django_db

Status, Trigger = SyncOperation.Status, SyncOperation.Trigger
NOON = datetime(2025, 11, 22, 12, tzinfo=UTC)
BLOB_BYTES = 400_000


class TestKeeping:
    """The last workbooks are in the database."""

    def test_a_workbook_is_kept_with_the_run_that_read_it(self, read_sheet: ReadSheet) -> None:
        content = sheet("Ebb")
        record = read_sheet(content)
        workbook = Workbook.objects.get()
        assert Workbook.read(workbook.digest) == content
        assert workbook.size == len(content)
        assert record.operation.workbook_digest == workbook.digest

    def test_one_that_is_the_same_is_kept_once_and_is_as_new_as_its_last_reading(self, read_sheet: ReadSheet) -> None:
        content = sheet("Ebb")
        read_sheet(content)
        Workbook.objects.update(read_at=NOON)
        later = exported_again(content)
        assert later != content
        record = read_sheet(later)
        workbook = Workbook.objects.get()
        assert workbook.read_at > NOON
        assert record.operation.workbook_digest == workbook.digest

    def test_the_oldest_gives_way(self, read_sheet: ReadSheet, settings: Any) -> None:
        settings.WORKBOOKS_KEPT = 2
        records = [read_sheet(sheet(title)) for title in ("One", "Two", "Three")]
        kept = set(Workbook.objects.values_list("digest", flat=True))
        assert kept == {record.operation.workbook_digest for record in records[1:]}

    def test_ten_are_kept_where_nothing_else_is_set(self, settings: Any) -> None:
        assert settings.WORKBOOKS_KEPT == 10

    def test_switched_off_none_is_kept_and_the_others_go(self, read_sheet: ReadSheet, settings: Any) -> None:
        read_sheet(sheet("One"))
        settings.WORKBOOKS_KEPT = 0
        assert read_sheet(sheet("Two")).operation.workbook_digest == ""
        assert not Workbook.objects.exists()

    def test_a_file_of_the_command_is_not_kept(self, tmp_path: Path) -> None:
        assert sync(sheet("Ebb"), tmp_path).operation.workbook_digest == ""
        assert not Workbook.objects.exists()

    def test_a_workbook_that_cannot_be_read_is_not_kept(self, settings: Any, tmp_path: Path) -> None:
        path = tmp_path / "sheet.xlsx"
        path.write_bytes(b"PK\x03\x04")
        settings.GOOGLE_SHEETS_XLSX_URL = str(path)
        options = SyncOptions(skip_spotify=True)
        operation = SyncManager().create_operation(triggered_by=Trigger.COMMAND, options=options)
        assert SyncManager().run_sync(operation.pk, options).status == Status.FAILED
        assert not Workbook.objects.exists()

    def test_nothing_loads_the_content_by_accident(self, read_sheet: ReadSheet) -> None:
        read_sheet(sheet("Ebb"))
        assert Workbook.objects.get().get_deferred_fields() == {"content"}
        assert all(book.get_deferred_fields() for book in Workbook.objects.in_bulk().values())


@contextmanager
def little_room() -> Iterator[None]:
    """Leave room for a few albums, and none for a workbook."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = 'disk_full'; END $$;"
                "CREATE TRIGGER full_disk BEFORE INSERT ON catalog_workbook EXECUTE FUNCTION full_disk()"
            )
            yield
            cursor.execute("DROP TRIGGER full_disk ON catalog_workbook; DROP FUNCTION full_disk")
            return
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA page_count")
        (pages,) = cursor.fetchone()
        cursor.execute(f"PRAGMA max_page_count = {pages + BLOB_BYTES // 8192}")
        yield
        cursor.execute("PRAGMA max_page_count = 1073741823")


@pytest.mark.django_db(transaction=True)
def test_a_disk_without_room_for_the_workbook_costs_no_import(
    read_sheet: ReadSheet, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A second try may come by a new connection, which has room.
    monkeypatch.setattr(run_context, "RETRY_PAUSES_SECONDS", ())
    with little_room():
        record = read_sheet(sheet("Ebb", blob=secrets.token_bytes(BLOB_BYTES)))
    assert (titles(), record.success, record.operation.workbook_digest) == ({"Ebb"}, True, "")
    (notice,) = record.notices
    assert notice.startswith("The sheet of this sync could not be kept, so nobody can go back to it. The database is")
    assert not Workbook.objects.exists()
