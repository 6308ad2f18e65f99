"""What a run held back: the whole list, and the answer of whoever may sync."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from catalog.access import client_ip, is_staff, may_sync, seconds_to_cool_down
from catalog.browsing.held_back import question_with
from catalog.models import HeldBack
from catalog.models.held_back import Item
from catalog.models.optional_writes import UNWRITABLE_ERRORS
from catalog.presentation.dates import duration
from catalog.presentation.sync_status import Refusal
from catalog.services.errors import DatabaseTrouble, SpotifyCredentialsMissing
from catalog.services.sync_manager import SyncInProgress, SyncManager
from catalog.views.pagination import page_context

ALBUMS_A_PAGE = 50
A_VISITOR = "a visitor"
Answer = HeldBack.Answer
ANSWERS = {answer.value: answer for answer in (Answer.ACCEPTED, Answer.KEPT)}

NOT_ALLOWED = Refusal("Only staff may answer this.", "Nothing was changed. Log in with a staff account and try again.")
NO_ANSWER = Refusal("This was no answer.", "Nothing was changed. Choose Accept or Keep below.")
OVERTAKEN = Refusal(
    "A later sync has read the sheet since.",
    "Your answer changed nothing. What still waits for one stands on the page of the last sync.",
)
UNDER_WAY = Refusal(
    "A sync is letting this through just now.", "Your answer changed nothing. Wait for its end, or cancel that sync."
)
ANSWERED = Refusal("This has been answered already.", "Your click changed nothing. The answer stands below.")
NOT_SAVED = Refusal(
    "Your answer could not be saved.",
    "The database is locked, full, read-only or cannot be reached. Nothing was changed; try again later.",
)


@require_safe
@never_cache
def held_back(request: HttpRequest, pk: int) -> HttpResponse:
    """List all that one question is about."""
    return _page(request, _load(pk))


@require_POST
def held_back_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept or keep; accepting starts a sync, as Sync Now does. Others than staff confirm it first.

    403 where SYNC_ACCESS does not allow it, 400 without an answer, 409 where the page was out of date, 503 where the
    answer cannot be saved or no sync can start.
    """
    row, answer = _load(pk), ANSWERS.get(request.POST.get("answer", ""))
    if not may_sync(request):
        return _page(request, row, notice=NOT_ALLOWED, code=403)
    if answer is None:
        return _page(request, row, notice=NO_ANSWER, code=400)
    if row.answer != answer and row.can_be_answered() and not _is_confirmed(request):
        return _page(request, row, confirm=answer)
    try:
        return _answer(request, row, answer)
    except UNWRITABLE_ERRORS:
        return _page(request, row, notice=NOT_SAVED, code=503)


def _answer(request: HttpRequest, row: HeldBack, answer: HeldBack.Answer) -> HttpResponse:
    """Save the answer and start a sync where it needs one; a second click on the same button does nothing."""
    if row.give(answer, seen=request.POST.get("seen", ""), by=_who(request)):
        return _start(request, row) if answer == Answer.ACCEPTED else _to_run(row)
    return _to_run(row) if row.answer == answer else _page(request, row, notice=_why_stale(row), code=409)


def _start(request: HttpRequest, row: HeldBack) -> HttpResponse:
    """Start the sync that follows the answer; where none can start now, the answer waits for the next one."""
    if seconds := seconds_to_cool_down(request):
        return _page(request, row, notice=_cooling_down(seconds))
    try:
        return redirect(SyncManager().start_sync(ip=client_ip(request)))
    except SyncInProgress:
        return _to_run(row)
    except (SpotifyCredentialsMissing, DatabaseTrouble) as error:
        words = f"Your answer is saved, and the next sync follows it. {error.message()}"
        return _page(request, row, notice=Refusal("No sync could start.", words), code=503)


def _page(
    request: HttpRequest,
    row: HeldBack,
    *,
    notice: Refusal | None = None,
    confirm: HeldBack.Answer | None = None,
    code: int = 200,
) -> HttpResponse:
    page: Page[Item] = Paginator(row.items, ALBUMS_A_PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "question": question_with(row, list(page)),
        "operation": row.record.operation,
        "asking": None if row.is_in_force() else _asking(),
        "notice": notice,
        "confirm": confirm,
    }
    return render(request, "catalog/held_back.html", context | page_context(page), status=code)


def _asking() -> HeldBack | None:
    """Return something that waits for an answer now."""
    return HeldBack.objects.open().light().select_related("record__operation").first()


def _load(pk: int) -> HeldBack:
    return get_object_or_404(HeldBack.objects.select_related("record__operation"), pk=pk)


def _to_run(row: HeldBack) -> HttpResponse:
    return redirect(f"{row.record.operation.get_absolute_url()}#held-back")


def _is_confirmed(request: HttpRequest) -> bool:
    """Staff knows what it does; the public sees first what an answer means."""
    return is_staff(request) or "confirmed" in request.POST


def _who(request: HttpRequest) -> str:
    return request.user.get_username() or A_VISITOR


def _why_stale(row: HeldBack) -> Refusal:
    if not row.is_in_force():
        return OVERTAKEN
    return ANSWERED if row.can_be_answered() else UNDER_WAY


def _cooling_down(seconds: int) -> Refusal:
    return Refusal(
        "Your answer is saved.",
        f"The next sync follows it. It can start in {duration(seconds)}, because the last one was only just now.",
    )
