"""Starting a sync, watching it and stopping it: HTML fragments for htmx, redirects without it."""

from dataclasses import replace

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from catalog.access import client_ip, may_sync, seconds_to_cool_down
from catalog.models import SyncOperation, SyncRecord
from catalog.presentation.dates import duration
from catalog.presentation.sync_status import Refusal, SyncStatus
from catalog.services.errors import DatabaseTrouble, SpotifyCredentialsMissing
from catalog.services.sync_manager import SyncInProgress, SyncManager
from catalog.views.status import DISMISSED_COOKIE, status_for

FRAGMENT = "catalog/components/sync_fragment.html"
DISMISSED_FOR_SECONDS = 30 * 24 * 3600
NOT_ALLOWED = Refusal(
    "Only staff may sync.", "Nothing was started or stopped. Log in with a staff account and try again."
)


@require_POST
def sync_trigger(request: HttpRequest) -> HttpResponse:
    """Start a sync: 202 with the running status, 409 while one is active, 503 without credentials.

    403 where SYNC_ACCESS does not allow it, 429 during the cool-down between public runs. 503 also where the
    database cannot be written.
    """
    if not may_sync(request):
        return _refuse(request, NOT_ALLOWED, code=403)
    if seconds := seconds_to_cool_down(request):
        response = _refuse(request, _cooling_down(seconds), code=429)
        response["Retry-After"] = str(seconds)
        return response
    try:
        operation = SyncManager().start_sync(ip=client_ip(request))
    except SyncInProgress:
        return _answer(request, status_for(request, conflict=True), code=409)
    except (SpotifyCredentialsMissing, DatabaseTrouble) as error:
        return _refuse(request, Refusal(error.title, error.message()), code=503)
    # The state at the start, even if the run has ended since: the first poll shows the end, with its events.
    return _answer(request, SyncStatus(operation), code=202, trigger="syncStarted")


@require_safe
@never_cache
def sync_status(request: HttpRequest) -> HttpResponse:
    """Show the active run, in a fragment that goes on polling, or how the last one ended."""
    status = status_for(request)
    return _answer(request, status, trigger=_events(status))


@require_POST
def sync_cancel(request: HttpRequest) -> HttpResponse:
    """Ask the active run to end; later polls show when it has.

    The form names its run: a page that is out of date cannot cancel a later one. A program may leave the name out.
    """
    if not may_sync(request):
        return _refuse(request, NOT_ALLOWED, code=403)
    status = status_for(request)
    if not status.operation or not status.is_active or not _names(request, status.operation):
        return _answer(request, status)
    try:
        SyncManager().cancel(status.operation.pk)
    except DatabaseTrouble as error:
        return _refuse(request, _not_cancelled(error), code=503)
    return _answer(request, status_for(request))


@require_POST
def sync_go_on(request: HttpRequest) -> HttpResponse:
    """Let syncs start by themselves again after an undo."""
    if not may_sync(request):
        return _refuse(request, NOT_ALLOWED, code=403)
    try:
        SyncManager().go_on()
    except DatabaseTrouble as error:
        return _refuse(request, Refusal("Syncs still wait.", f"{error.what_happened} Try again."), code=503)
    return _answer(request, status_for(request))


@require_POST
def sync_dismiss(request: HttpRequest) -> HttpResponse:
    """Hide for this visitor how a run ended, until the next run ends."""
    status = status_for(request)
    pk = str(status.operation.pk) if status.operation and not status.is_active else None
    if pk is None or request.POST.get("operation") != pk:
        return _answer(request, status)
    response = _answer(request, replace(status, is_dismissed=True, last_sync=SyncRecord.last_success()))
    response.set_cookie(
        DISMISSED_COOKIE, pk, max_age=DISMISSED_FOR_SECONDS, httponly=True, samesite="Lax", secure=settings.HTTPS
    )
    return response


def _answer(request: HttpRequest, status: SyncStatus, *, code: int = 200, trigger: str = "") -> HttpResponse:
    """Render the status fragment; a browser without JavaScript is redirected to the catalog instead.

    A refusal leaves no run that the catalog could show, so it gets a page of its own.
    """
    is_form = request.method == "POST" and _is_plain_form(request)
    if is_form and status.operation:
        return redirect("catalog:album_list")
    response = render(request, "catalog/sync_error.html" if is_form else FRAGMENT, {"status": status}, status=code)
    if trigger:
        response["HX-Trigger"] = trigger
    return response


def _refuse(request: HttpRequest, refusal: Refusal, *, code: int) -> HttpResponse:
    return _answer(request, SyncStatus(refusal=refusal), code=code)


def _is_plain_form(request: HttpRequest) -> bool:
    """Check for a form that the browser itself sent, rather than htmx or a program."""
    return "HX-Request" not in request.headers and "text/html" in request.headers.get("Accept", "")


def _names(request: HttpRequest, operation: SyncOperation) -> bool:
    """Check that a form is about this run, or about no particular one."""
    return request.POST.get("operation", str(operation.pk)) == str(operation.pk)


def _not_cancelled(error: DatabaseTrouble) -> Refusal:
    return Refusal(
        "The sync could not be cancelled.",
        f"{error.what_happened} The sync goes on if it can. Reload the page to see it, and try again.",
    )


def _cooling_down(seconds: int) -> Refusal:
    return Refusal(
        "The last sync was only just now.",
        "Nothing was started, and the catalog is as that sync left it."
        f" The next sync can start in {duration(seconds)}.",
    )


def _events(status: SyncStatus) -> str:
    if status.is_active or status.operation is None or status.is_dismissed:
        return ""
    failed = status.operation.status == SyncOperation.Status.FAILED
    return f"{'syncFailed' if failed else 'syncCompleted'}, stopPolling"
