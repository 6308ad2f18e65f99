"""A run while it lasts, in a fragment that its page polls."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from catalog.models import SyncOperation
from catalog.views.status import load_run


@require_safe
@never_cache
def sync_watch(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the tab at hand, the requests and the log of a run, and the times of its stages once it has ended."""
    operation = load_run(SyncOperation.objects.select_related("record").filter(pk=pk))
    if operation is None:
        raise Http404
    context = {"operation": operation, "record": getattr(operation, "record", None)}
    return render(request, "catalog/components/run_watch.html", context)
