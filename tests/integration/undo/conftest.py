"""A sheet that is read from a file, as if that were its address, and runs within the request that starts them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from catalog.models import SyncOperation, SyncRecord
from catalog.services.sync_manager import RUNNERS, SyncManager
from catalog.services.sync_run import SyncOptions
from tests.support.undo import ReadSheet, sheet

Status, Trigger = SyncOperation.Status, SyncOperation.Trigger


@pytest.fixture
def read_sheet(settings: Any, tmp_path: Path) -> ReadSheet:
    """Sync a workbook that stands at the sheet's own address; no service is asked."""
    path = tmp_path / "configured.xlsx"
    settings.GOOGLE_SHEETS_XLSX_URL = str(path)

    def read(workbook: bytes) -> SyncRecord:
        path.write_bytes(workbook)
        options = SyncOptions(skip_spotify=True)
        operation = SyncManager().create_operation(triggered_by=Trigger.COMMAND, options=options)
        operation = SyncManager().run_sync(operation.pk, options)
        assert operation.status == Status.COMPLETED, operation.error_message
        return operation.record

    return read


@pytest.fixture
def run_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do a run within the request that starts it."""

    def start(create: Callable[[], SyncOperation]) -> SyncOperation:
        return SyncManager().run_sync(create().pk)

    monkeypatch.setitem(RUNNERS, "thread", start)


@pytest.fixture
def two_sheets(read_sheet: ReadSheet) -> tuple[SyncRecord, SyncRecord]:
    """A good sheet, and then one that lost most of its albums and a title; the guard kept what it lost."""
    good = [f"Title {number}" for number in range(10)]
    return read_sheet(sheet(*good)), read_sheet(sheet("Title 0", "Other", "New"))
