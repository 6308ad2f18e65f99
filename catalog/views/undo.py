"""Going back to a kept sheet: what would change, then the run that changes it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from threading import Lock
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from catalog.access import client_ip, may_sync, seconds_to_cool_down
from catalog.models import AlbumChange, SyncOperation, Workbook
from catalog.presentation.dates import duration
from catalog.presentation.sync_status import Refusal
from catalog.services.errors import SyncError
from catalog.services.sync_manager import Preview, PreviewOutdated, SyncInProgress, SyncManager

PAGE = "catalog/undo.html"
CHANGES_OF_A_KIND = 50
# A preview reads the whole sheet: a second one at the same time would only make both slower.
previewing = Lock()

NOT_ALLOWED = Refusal("Only staff may sync.", "Nothing was changed. Log in with a staff account and try again.")
NOT_KEPT = Refusal(
    "This sheet is no longer kept.", "Newer ones have taken its place. The pages of newer syncs offer those."
)
IN_PROGRESS = Refusal("A sync is in progress.", "Nothing was changed. Wait until it has ended, or cancel it.")
BUSY = Refusal("Another preview is being made.", "Nothing was changed. Try again in a moment.")
OUTDATED = Refusal("A sync has started since the preview.", "Nothing was changed. Look again at what would change now.")


@dataclass(frozen=True)
class ChangesOfKind:
    """The first changes of a kind; `more` is how many further ones there are."""

    label: str
    count: int
    changes: tuple[AlbumChange, ...]

    @property
    def more(self) -> int:
        return self.count - len(self.changes)


class Refused(Exception):
    """Why nothing is shown or started, with the status of the answer."""

    def __init__(self, refusal: Refusal, code: int, *, retry_after: int = 0) -> None:
        super().__init__(refusal.title)
        self.refusal = refusal
        self.code = code
        self.retry_after = retry_after


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def undo_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what going back to a kept sheet means, and after a POST what it would change."""
    workbook = Workbook.objects.filter(pk=pk).first()
    try:
        allowed = _check(request, workbook)
        shown = _preview(allowed) if request.method == "POST" else {}
    except Refused as refused:
        return _refuse(request, workbook, refused)
    return render(request, PAGE, {"workbook": workbook, **shown})


@require_POST
def undo_start(request: HttpRequest, pk: int) -> HttpResponse:
    """Start the run that a preview has shown, and lead to its page; a second click leads there too."""
    workbook = Workbook.objects.filter(pk=pk).first()
    try:
        return redirect(_start(request, _check(request, workbook)))
    except Refused as refused:
        started = _started_before(request, workbook)
        return redirect(started) if started else _refuse(request, workbook, refused)


def _check(request: HttpRequest, workbook: Workbook | None) -> Workbook:
    """Raise `Refused` where nobody can go back now."""
    if not may_sync(request):
        raise Refused(NOT_ALLOWED, 403)
    if workbook is None:
        raise Refused(NOT_KEPT, 404)
    SyncManager().reap_if_possible()
    if SyncOperation.objects.active().exists():
        raise Refused(IN_PROGRESS, 409)
    return workbook


def _start(request: HttpRequest, workbook: Workbook) -> SyncOperation:
    if seconds := seconds_to_cool_down(request):
        raise Refused(_cooling_down(seconds), 429, retry_after=seconds)
    with _refusals():
        return SyncManager().start_undo(workbook, after=_after(request), ip=client_ip(request))


def _preview(workbook: Workbook) -> dict[str, Any]:
    after = SyncOperation.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    if not previewing.acquire(blocking=False):
        raise Refused(BUSY, 503)
    try:
        with _refusals():
            preview = SyncManager().preview_undo(workbook, most_of_a_kind=CHANGES_OF_A_KIND)
    finally:
        previewing.release()
    if preview.operation.status != SyncOperation.Status.COMPLETED:
        raise Refused(Refusal(preview.operation.error_title, preview.operation.error_message), 503)
    return {"record": preview.record, "groups": tuple(_groups(preview)), "after": after}


@contextmanager
def _refusals() -> Iterator[None]:
    """Raise `Refused` for what keeps a run from starting."""
    try:
        yield
    except SyncInProgress as error:
        raise Refused(IN_PROGRESS, 409) from error
    except PreviewOutdated as error:
        raise Refused(OUTDATED, 409) from error
    except SyncError as error:
        raise Refused(Refusal(error.title, error.message()), 503) from error


def _groups(preview: Preview) -> Iterator[ChangesOfKind]:
    for kind, changes in groupby(preview.changes, key=lambda change: AlbumChange.Kind(change.kind)):
        yield ChangesOfKind(str(kind.label), getattr(preview.record, f"albums_{kind.value}"), tuple(changes))


def _refuse(request: HttpRequest, workbook: Workbook | None, refused: Refused) -> HttpResponse:
    context = {"workbook": workbook, "refusal": refused.refusal}
    response = render(request, PAGE, context, status=refused.code)
    if refused.retry_after:
        response["Retry-After"] = str(refused.retry_after)
    return response


def _started_before(request: HttpRequest, workbook: Workbook | None) -> SyncOperation | None:
    """Return the newest run, if it is the one that this form asks for."""
    if workbook is None or not may_sync(request):
        return None
    newest = SyncOperation.objects.order_by("-pk")[:1]
    undo = SyncOperation.objects.filter(pk__in=newest.values("pk"), triggered_by=SyncOperation.Trigger.UNDO)
    return undo.filter(workbook_digest=workbook.digest, pk__gt=_after(request)).first()


def _after(request: HttpRequest) -> int:
    """Return the newest run that the preview knew; 0, and so an outdated preview, where the form does not say."""
    after = request.POST.get("after", "")
    return int(after) if after.isdecimal() and len(after) < 19 else 0  # noqa: PLR2004  (what a database's integer holds)


def _cooling_down(seconds: int) -> Refusal:
    return Refusal("The last sync was only just now.", f"Nothing was changed. Try again in {duration(seconds)}.")
