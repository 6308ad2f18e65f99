"""The choices that narrow the catalog down: beside its albums, and a whole group by itself."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from catalog.browsing.filters import SORTS, Filters
from catalog.browsing.version import catalog_stamp
from catalog.views.status import status_for


def narrowing(filters: Filters, *, stamp: str) -> dict[str, Any]:
    """Return what the form needs that asks for albums."""
    facets = filters.facets(stamp=stamp)
    flags = [facet for facet in facets if facet.is_flag]
    return {
        "filters": filters,
        "query": filters.query_string(),
        "sorts": [(value, label) for value, (label, _order) in SORTS.items()],
        "panels": [facet for facet in facets if not facet.is_flag],
        "flags": flags,
        "flags_chosen": sum(facet.chosen for facet in flags),
        "chips": filters.chips(facets),
    }


@require_safe
def facet_options(request: HttpRequest, parameter: str) -> HttpResponse:
    """List all choices of a group, for those that the catalog page has no room for."""
    filters = Filters.from_query(request.GET)
    facets = filters.facets(stamp=catalog_stamp(status_for(request).operation))
    facet = next((facet for facet in facets if facet.parameter == parameter), None)
    if facet is None:
        raise Http404
    others = [(name, value) for name, value in filters.pairs() if name != parameter]
    return render(request, "catalog/facet_options.html", {"facet": facet, "others": others})
