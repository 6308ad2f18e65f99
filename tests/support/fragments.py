"""The sync's fragments: asking for them, reading them, and the runs that they tell of."""

import html
from datetime import timedelta
from typing import Protocol

from django.utils import timezone
from django.utils.html import strip_tags

from catalog.models import RowIssue, SpotifyPause, SyncOperation
from catalog.vocabulary.issues import IssueKind
from tests.support.factories import make_operation, make_record

TRIGGER, STATUS = "/catalog/sync/trigger/", "/catalog/sync/status/"
CANCEL, DISMISS = "/catalog/sync/cancel/", "/catalog/sync/dismiss/"
HTMX = {"HX-Request": "true"}
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
Status, Stage = SyncOperation.Status, SyncOperation.Stage


class Answer(Protocol):
    """Whatever Django's test client returns."""

    @property
    def content(self) -> bytes: ...


def text_of(response: Answer) -> str:
    """Return what a person reads, white space collapsed."""
    return " ".join(html.unescape(strip_tags(response.content.decode())).split())


def polls(response: Answer) -> bool:
    """Tell whether anything in the fragment asks again by itself."""
    return "hx-trigger" in response.content.decode()


def make_enriching() -> SyncOperation:
    """Make a run that is in its Spotify stage."""
    return make_operation(
        Status.RUNNING,
        stage=Stage.ENRICHING,
        stage_message="Enriching with Spotify metadata… 320 of 2,148",
        albums_processed=320,
        total_albums=2148,
    )


def make_ended(case: str) -> SyncOperation:
    """Make a run that ended in one of the ways that visitors can see."""
    if case == "interrupted":
        operation = make_operation(
            Status.FAILED,
            interrupted=True,
            error_title="The last sync was interrupted when the server restarted.",
            error_message="Nothing was lost; start it again.",
        )
    elif case == "failed":
        operation = make_operation(
            Status.FAILED,
            error_title="Google Sheets configuration error.",
            error_message="There is no sheet at this address. Check GOOGLE_SHEETS_XLSX_URL.",
        )
    else:
        operation = make_operation(Status.CANCELLED if case == "cancelled" else Status.COMPLETED)
    failed = 5 if case == "warning" else 0
    record = make_record(
        operation,
        albums_updated=0 if case == "unchanged" else 45,
        albums_failed=failed,
        backlog=9 if case == "paused" else 0,
    )
    for row in range(failed):
        RowIssue.objects.create(
            record=record, tab="2025 Prog-metal", row=row + 7, kind=IssueKind.NOT_IMPORTED, detail=f"Ebb – Tide {row}"
        )
    if case == "paused":
        SpotifyPause.objects.create(until=timezone.now() + timedelta(hours=3), reason="quota")
    return operation
