"""The history of syncs, the page of each, and its report for the curators of the sheet."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from django.core.paginator import Page, Paginator
from django.db.models import Case, Count, QuerySet, Value, When
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from catalog.access import may_sync
from catalog.browsing.held_back import questions_of
from catalog.browsing.kept_sheets import sheet_to_go_back_to
from catalog.browsing.run_filters import RunFilter
from catalog.feeds.delimited import csv_lines
from catalog.models import AlbumChange, RowIssue, SyncOperation, Workbook
from catalog.models.sync import SyncOperationQuerySet
from catalog.services.sync_manager import SyncManager
from catalog.views.downloads import CSV, download
from catalog.views.pagination import page_context, page_of
from catalog.views.status import load_run, status_of
from catalog.vocabulary.issues import IssueKind

RUNS_A_PAGE = 25
CHANGES_A_PAGE = 50
ISSUES_A_PAGE = 100
ISSUE_COLUMNS = ("What is wrong", "Tab", "Row", "What the cell says", "What was done")

CHANGE_LABELS = {str(kind.value): str(kind.label) for kind in AlbumChange.Kind}
ISSUE_LABELS = {kind.value: kind.label for kind in IssueKind}


@dataclass(frozen=True)
class IssueGroup:
    """The issues of one kind on a page; `count` is how many pass the filter on all pages."""

    kind: IssueKind
    count: int
    issues: tuple[RowIssue, ...]


@require_safe
def sync_history(request: HttpRequest) -> HttpResponse:
    """List all runs, newest first, and link the curators' worklists."""
    manager = SyncManager()
    manager.reap_if_possible()
    paginator = Paginator(_runs().latest_first().with_clock(), RUNS_A_PAGE)
    page: Page[SyncOperation] = paginator.get_page(request.GET.get("page"))
    for operation in page:
        manager.show_end_if_dead(operation)
    return render(request, "catalog/sync_history.html", page_context(page))


@require_safe
def sync_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a run, running or ended, and the albums that it changed."""
    operation = load_run(_runs().defer(None).filter(pk=pk))
    if operation is None:
        raise Http404
    record = getattr(operation, "record", None)
    changes = AlbumChange.objects.filter(record=record) if record else AlbumChange.objects.none()
    run_filter = _run_filter(request, changes, CHANGE_LABELS, tab="album__tab")
    listed = changes.filter(**run_filter.lookups(tab="album__tab")).select_related("album__artist")
    page = page_of(listed, size=CHANGES_A_PAGE, number=request.GET.get("page"), total=run_filter.shown)
    context = {
        "operation": operation,
        "record": record,
        "status": status_of(operation),
        "questions": questions_of(record) if record else [],
        "undo_offer": _undo_offer(request, operation),
        "run_filter": run_filter,
        "is_pruned": bool(record and record.changed() and not run_filter.total),
    }
    return render(request, "catalog/sync_detail.html", context | page_context(page, query=run_filter.query))


@require_safe
def sync_issues(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the rows of the sheet that need a curator, grouped by what is wrong with them."""
    operation = get_object_or_404(_runs(), pk=pk)
    run_filter, issues = _filtered_issues(request, operation)
    page = page_of(issues, size=ISSUES_A_PAGE, number=request.GET.get("page"), total=run_filter.shown)
    record = getattr(operation, "record", None)
    context = {
        "operation": operation,
        "record": record,
        "run_filter": run_filter,
        "groups": tuple(_groups(page, run_filter)),
        "is_pruned": bool(record and record.issues_found and not run_filter.total),
    }
    return render(request, "catalog/sync_issues.html", context | page_context(page, query=run_filter.query))


@require_safe
def sync_issues_csv(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Stream the same rows as CSV."""
    operation = get_object_or_404(_runs(), pk=pk)
    _, issues = _filtered_issues(request, operation)
    day = timezone.localtime(operation.started_at).date()
    rows = map(_issue_cells, issues.iterator())
    filename = f"progmetal-rows-for-curators-{day.isoformat()}.csv"
    return download(csv_lines(ISSUE_COLUMNS, rows), filename=filename, content_type=CSV)


def _undo_offer(request: HttpRequest, operation: SyncOperation) -> Workbook | None:
    if operation.is_active() or not may_sync(request):
        return None
    return sheet_to_go_back_to(operation, getattr(operation, "record", None))


def _runs() -> SyncOperationQuerySet:
    return SyncOperation.objects.select_related("record").without_log()


def _run_filter(request: HttpRequest, rows: QuerySet, labels: Mapping[str, str], *, tab: str) -> RunFilter:
    counts = rows.order_by().values_list("kind", tab).annotate(count=Count("pk"))
    return RunFilter.from_query(request.GET, counts, labels)


def _filtered_issues(request: HttpRequest, operation: SyncOperation) -> tuple[RunFilter, QuerySet[RowIssue]]:
    """Return the filter and the run's issues that pass it, by kind and within a kind as the sheet lists them."""
    issues = RowIssue.objects.filter(record__operation=operation)
    run_filter = _run_filter(request, issues, ISSUE_LABELS, tab="tab")
    kinds = (When(kind=kind, then=Value(number)) for number, kind in enumerate(IssueKind))
    in_order = issues.order_by(Case(*kinds, default=Value(len(IssueKind))), "pk")
    return run_filter, in_order.filter(**run_filter.lookups(tab="tab"))


def _groups(page: Page[RowIssue], run_filter: RunFilter) -> Iterator[IssueGroup]:
    counts = {choice.value: choice.count for choice in run_filter.kinds}
    for kind, issues in groupby(page, key=lambda issue: issue.kind):
        yield IssueGroup(IssueKind(kind), counts[kind], tuple(issues))


def _issue_cells(issue: RowIssue) -> tuple[str | int, ...]:
    kind = IssueKind(issue.kind)
    return kind.label, issue.tab, issue.row, issue.detail, kind.outcome
