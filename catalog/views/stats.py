"""The catalog in numbers."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from catalog.browsing.statistics import numbers
from catalog.browsing.version import catalog_stamp
from catalog.models import SyncOperation


@require_safe
def stats(request: HttpRequest) -> HttpResponse:
    stamp = catalog_stamp(SyncOperation.objects.with_curated_genres().current().first())
    return render(request, "catalog/stats.html", {"numbers": numbers(stamp=stamp)})
