"""`manage.py sync_catalog`: one run in the foreground."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from tqdm import tqdm

from catalog.management.commands.held_back import lines
from catalog.models import AlbumChange, HeldBack, SyncOperation, SyncRecord, Workbook
from catalog.presentation.dates import exact_time
from catalog.services.errors import SyncError
from catalog.services.sync_manager import USUAL, Preview, SyncInProgress, SyncManager
from catalog.services.sync_run import SyncOptions

Status = SyncOperation.Status


class Command(BaseCommand):
    """Run a sync and wait for it; exits with 1 where it did not complete."""

    help = "Bring the catalog to what the sheet says, then ask Spotify about covers and tracks."

    def get_version(self) -> str:
        """Django would return its own version."""
        return settings.VERSION

    def add_arguments(self, parser: ArgumentParser) -> None:
        sources = parser.add_mutually_exclusive_group()
        sources.add_argument("--source", default="", help="an XLSX file or a web address instead of the configured one")
        sources.add_argument("--workbook", type=int, metavar="ID", help="go back to a kept workbook, without Spotify")
        sources.add_argument("--list-workbooks", action="store_true", help="list the kept workbooks, and do no more")
        parser.add_argument(
            "--go-on", action="store_true", help="sync although syncs wait since an undo; ends the wait"
        )
        parser.add_argument("--skip-spotify", action="store_true", help="do not ask Spotify")
        parser.add_argument("--dry-run", action="store_true", help="say what would change, and write nothing")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of sentences")
        parser.add_argument(
            "--accept-withdrawals",
            action="store_true",
            help="withdraw albums and drop links that the sheet has lost, even where it looks like a broken sheet",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._sync(**options)
        except CommandError as error:
            if options["json"]:
                has_failed = options["dry_run"] and isinstance(error.__cause__, SyncError)
                self._print_json(_without_run("failed" if has_failed else "refused", str(error)))
            raise

    def _sync(self, **options: Any) -> None:
        table = SyncOperation._meta.db_table  # noqa: SLF001  (Django documents `_meta` as an API)
        if table not in connection.introspection.table_names():
            raise CommandError("The database has no tables yet. Run “python manage.py migrate” first.")
        if options["list_workbooks"]:
            self._list_workbooks(as_json=options["json"])
            return
        workbook = None if options["workbook"] is None else _kept(options["workbook"])
        changes: Iterable[AlbumChange] = ()
        try:
            if options["dry_run"]:
                previewed = self._preview(workbook, options)
                operation, record, changes = previewed.operation, previewed.record, previewed.changes
            else:
                operation = self._undo(workbook) if workbook else self._sync_present_sheet(options)
                record = operation.record
        except SyncInProgress as error:
            raise CommandError("A sync is already in progress. Wait for it to end.") from error
        except SyncError as error:
            raise CommandError(f"{error.title} {error.message()}") from error
        self._tell(operation, record, changes, as_json=options["json"])
        if operation.status != Status.COMPLETED:
            sys.exit(1)

    def _preview(self, workbook: Workbook | None, options: dict[str, Any]) -> Preview:
        manager = SyncManager()
        return manager.preview_undo(workbook) if workbook else manager.preview(_options_of(options))

    def _undo(self, workbook: Workbook) -> SyncOperation:
        return self._run(SyncManager().create_undo(workbook))

    def _sync_present_sheet(self, options: dict[str, Any]) -> SyncOperation:
        """Timers call this command too, so it must not end by itself what an undo began."""
        undo = SyncOperation.objects.holding().first()
        if undo and not options["go_on"]:
            raise CommandError(
                f"Syncs wait since the undo of {exact_time(undo.started_at)}. Press “Go on” in the catalog, "
                "or repeat this with --go-on."
            )
        usual, trigger = _options_of(options), SyncOperation.Trigger.COMMAND
        return self._run(SyncManager().create_operation(triggered_by=trigger, options=usual), usual)

    def _run(self, operation: SyncOperation, options: SyncOptions = USUAL) -> SyncOperation:
        with tqdm(bar_format="{desc} {bar} {percentage:3.0f} %", file=sys.stderr, leave=False, disable=None) as bar:

            def show(message: str, done: int, total: int | None) -> None:
                bar.total, bar.n = total or 0, done
                bar.set_description_str(message)

            return SyncManager().run_sync(operation.pk, options, on_progress=show)

    def _list_workbooks(self, *, as_json: bool) -> None:
        workbooks = list(Workbook.objects.all())
        if as_json:
            self._print_json({"workbooks": [_description(workbook) for workbook in workbooks]})
            return
        for workbook in workbooks:
            self.stdout.write(f"{workbook.pk}: {exact_time(workbook.read_at)}, {workbook.size / 1_000_000:.1f} MB")
        if not workbooks:
            self.stdout.write("No workbook is kept yet.")

    def _tell(
        self, operation: SyncOperation, record: SyncRecord, changes: Iterable[AlbumChange], *, as_json: bool
    ) -> None:
        if as_json:
            self._print_json(_summary(operation, record, changes))
            return
        for change in changes:
            fields = "; ".join(f"{name}: {old!r} → {new!r}" for name, (old, new) in change.fields.items())
            self.stdout.write(f"{change}{f' ({fields})' if fields else ''}")
        for notice in record.notices:
            self.stdout.write(notice)
        for line in lines(_held_back(record)):
            self.stdout.write(line)
        if operation.status == Status.FAILED:
            self.stderr.write(f"{operation.error_title} {operation.error_message}")
            return
        if operation.holds_syncs:
            self.stdout.write("Syncs by themselves wait now. “sync_catalog --go-on” reads the present sheet again.")
        self.stdout.write(
            f"{operation.display_status()} in {operation.duration().total_seconds():.1f} s: "
            f"{record.albums_created:,} new, {record.albums_updated:,} updated, "
            f"{record.albums_withdrawn:,} withdrawn, {record.albums_restored:,} back again, "
            f"{record.albums_failed:,} failed; {record.rows:,} rows, {record.issues_found:,} need a curator."
        )

    def _print_json(self, summary: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(summary, ensure_ascii=False))


def _held_back(record: SyncRecord) -> list[HeldBack]:
    """Return what the run holds back; a dry run has no more of it than its notices."""
    return list(HeldBack.objects.in_force().filter(record=record).light()) if record.pk else []


def _options_of(options: dict[str, Any]) -> SyncOptions:
    return SyncOptions(
        source=options["source"],
        skip_spotify=options["skip_spotify"] or options["dry_run"],
        accept_withdrawals=options["accept_withdrawals"],
    )


def _kept(pk: int) -> Workbook:
    workbook = Workbook.objects.filter(pk=pk).first()
    if workbook is None:
        raise CommandError(f"No workbook {pk} is kept. --list-workbooks names those that are.")
    return workbook


def _description(workbook: Workbook) -> dict[str, Any]:
    runs = SyncOperation.objects.filter(workbook_digest=workbook.digest, sheet_of=None)
    newest = runs.order_by("-pk").values_list("pk", flat=True).first()
    return {"id": workbook.pk, "read_at": workbook.read_at.isoformat(), "bytes": workbook.size, "sync": newest}


def _without_run(status: str, error: str) -> dict[str, Any]:
    """Return the object for a run that was not started, or for a dry run that came to nothing."""
    return _summary(SyncOperation(status=status), SyncRecord(), ()) | {"seconds": 0, "error": error}


def _summary(operation: SyncOperation, record: SyncRecord, changes: Iterable[AlbumChange]) -> dict[str, Any]:
    summary: dict[str, Any] = {
        "status": operation.status,
        **record.counts(),
        "seconds": round(operation.duration().total_seconds(), 2),
        "notices": record.notices,
        "held_back": [row.summary() for row in _held_back(record)],
    }
    if operation.error_title:
        summary["error"] = f"{operation.error_title} {operation.error_message}"
    if changes:
        summary["changes"] = [
            {"kind": change.kind, "album": str(change.album), "fields": change.fields} for change in changes
        ]
    return summary
