"""Every filtered view of the catalog also as feed, calendar, JSON and CSV, with the same query string."""

from collections.abc import Callable
from datetime import datetime, time
from functools import wraps
from hashlib import blake2b

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import http_date, quote_etag
from django.views.decorators.http import require_safe

from catalog.browsing.filters import Filters
from catalog.browsing.version import catalog_stamp
from catalog.feeds import atom, calendar, json, table
from catalog.feeds.delimited import csv_download
from catalog.feeds.selection import View
from catalog.models import SyncOperation
from catalog.views.albums import DEFAULT_PAGE_SIZE, PAGE_SIZE_WORDS

# Programs that subscribe ask often; people who download want what the page shows.
SUBSCRIPTION_SECONDS = 15 * 60

Write = Callable[[HttpRequest, View], HttpResponseBase]


def _twin(*, max_age: int = 0) -> Callable[[Write], Callable[[HttpRequest], HttpResponseBase]]:
    """Make a view of a writer: it is asked only where the visitor's copy is older than the catalog."""

    def decorate(write: Write) -> Callable[[HttpRequest], HttpResponseBase]:
        @require_safe
        @wraps(write)
        def view(request: HttpRequest) -> HttpResponseBase:
            operation = SyncOperation.objects.with_curated_genres().latest_first().first()
            asked = View(Filters.from_query(request.GET), request.build_absolute_uri())
            etag, modified = _etag(asked, operation), _last_modified(operation)
            response = get_conditional_response(request, etag=etag, last_modified=modified) or write(request, asked)
            response["ETag"], response["Last-Modified"] = etag, http_date(modified)
            # Nothing in it depends on who asks.
            patch_cache_control(response, public=True, **({"max_age": max_age} if max_age else {"no_cache": True}))
            return response

        return view

    return decorate


def _etag(view: View, operation: SyncOperation | None) -> str:
    state = f"{view.address} {catalog_stamp(operation)} {_last_write(operation)}"
    return quote_etag(blake2b(state.encode(), digest_size=12).hexdigest())


def _last_modified(operation: SyncOperation | None) -> int:
    return int(_last_write(operation).timestamp())


def _last_write(operation: SyncOperation | None) -> datetime:
    """Return when the catalog may have changed last: with a run, or with the day that parts old from upcoming."""
    midnight = timezone.make_aware(datetime.combine(timezone.localdate(), time.min))
    return max((operation.completed_at or operation.heartbeat_at) if operation else midnight, midnight)


@_twin(max_age=SUBSCRIPTION_SECONDS)
def albums_atom(_request: HttpRequest, view: View) -> HttpResponse:
    """Tell feed readers what is new."""
    return HttpResponse(atom.feed(view), content_type=atom.CONTENT_TYPE)


@_twin(max_age=SUBSCRIPTION_SECONDS)
def albums_ics(_request: HttpRequest, view: View) -> HttpResponse:
    """Tell calendars what comes out when."""
    response = HttpResponse(calendar.calendar(view), content_type=calendar.CONTENT_TYPE)
    response["Content-Disposition"] = 'inline; filename="progmetal.ics"'
    return response


@_twin()
def albums_json(request: HttpRequest, view: View) -> JsonResponse:
    """Give programs a page of albums."""
    asked_size = request.GET.get("page_size")
    page_size = int(asked_size) if asked_size in PAGE_SIZE_WORDS else DEFAULT_PAGE_SIZE
    albums = view.filters.albums().for_tiles()
    page = Paginator(albums, page_size).get_page(request.GET.get("page"))
    return JsonResponse(json.listing(view, page), json_dumps_params={"ensure_ascii": False})


@_twin()
def albums_csv(_request: HttpRequest, view: View) -> HttpResponseBase:
    """Stream all albums to a spreadsheet."""
    rows = table.rows(view, view.filters.albums())
    return csv_download(table.HEADER, rows, filename=f"progmetal-{timezone.localdate().isoformat()}.csv")
