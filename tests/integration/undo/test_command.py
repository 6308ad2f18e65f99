"""`sync_catalog` goes back to a sheet too, and a timer that calls it does not undo an undo."""

import json
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from catalog.models import SyncOperation, SyncRecord, Workbook
from tests.support.undo import newest, oldest_sheet, titles

pytestmark = [pytest.mark.django_db, pytest.mark.once]

Trigger = SyncOperation.Trigger
NOON = datetime(2025, 11, 22, 12, tzinfo=UTC)


class TestCommand:
    """`sync_catalog` goes back too, and a timer that calls it does not undo an undo."""

    def command(self, *arguments: str) -> str:
        output = StringIO()
        call_command("sync_catalog", *arguments, stdout=output)
        return output.getvalue()

    def test_the_kept_workbooks_are_listed(self, two_sheets: tuple[SyncRecord, SyncRecord]) -> None:
        first, second = Workbook.objects.order_by("pk")
        Workbook.objects.filter(pk=first.pk).update(read_at=NOON)
        assert self.command("--list-workbooks").splitlines()[1] == f"{first.pk}: 22 Nov 2025, 12:00 UTC, 0.0 MB"
        listed = json.loads(self.command("--list-workbooks", "--json"))["workbooks"]
        assert [(book["id"], book["sync"]) for book in listed] == [
            (second.pk, two_sheets[1].operation_id),
            (first.pk, two_sheets[0].operation_id),
        ]
        assert listed[1]["bytes"] == first.size

    def test_nothing_kept(self) -> None:
        assert self.command("--list-workbooks") == "No workbook is kept yet.\n"
        assert json.loads(self.command("--list-workbooks", "--json")) == {"workbooks": []}

    @pytest.mark.usefixtures("two_sheets")
    def test_a_dry_run_says_what_would_change(self) -> None:
        told = self.command("--workbook", str(oldest_sheet().pk), "--dry-run")
        assert "2 withdrawn" in told
        assert {"Other", "New"} < titles()

    @pytest.mark.usefixtures("two_sheets")
    def test_it_goes_back(self) -> None:
        told = self.command("--workbook", str(oldest_sheet().pk))
        assert "2 withdrawn" in told
        assert "Syncs by themselves wait now. “sync_catalog --go-on” reads the present sheet again." in told
        assert titles() == {f"Title {number}" for number in range(10)}
        assert newest().triggered_by == Trigger.UNDO

    @pytest.mark.usefixtures("two_sheets")
    def test_json_has_what_it_always_has(self) -> None:
        summary = json.loads(self.command("--workbook", str(oldest_sheet().pk), "--json"))
        assert (summary["status"], summary["withdrawn"], summary["notices"]) == ("completed", 2, [])

    @pytest.mark.usefixtures("two_sheets")
    def test_a_timer_does_not_undo_it(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.command("--workbook", str(oldest_sheet().pk))
        with pytest.raises(CommandError, match=r"Syncs wait since the undo of .* repeat this with --go-on\."):
            call_command("sync_catalog", "--skip-spotify", "--json")
        assert json.loads(capsys.readouterr().out)["status"] == "refused"
        assert "New" not in titles()
        self.command("--skip-spotify", "--dry-run")
        assert SyncOperation.objects.holding().exists()
        self.command("--skip-spotify", "--go-on")
        assert "New" in titles()
        assert not SyncOperation.objects.holding().exists()

    def test_one_that_is_not_kept(self) -> None:
        with pytest.raises(CommandError, match=r"No workbook 7 is kept\. --list-workbooks names those that are\."):
            self.command("--workbook", "7")
