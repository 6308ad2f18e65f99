"""Every selection of albums also as feed, calendar, JSON and CSV, with the same query string."""

from collections.abc import Callable
from datetime import datetime, time
from functools import wraps
from hashlib import blake2b

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.views.decorators.http import condition, require_safe

from catalog.browsing.filters import Filters
from catalog.browsing.version import catalog_stamp
from catalog.feeds import atom, json, table
from catalog.feeds.delimited import csv_lines
from catalog.feeds.selection import Selection
from catalog.models import SyncOperation
from catalog.views.downloads import CSV, download
from catalog.views.pagination import page_size_of

# Programs that subscribe ask often; people who download want what the page shows.
SUBSCRIPTION_SECONDS = 15 * 60

FeedView = Callable[[HttpRequest, Selection], HttpResponseBase]


def _conditional_feed(**caching: bool | int) -> Callable[[FeedView], Callable[[HttpRequest], HttpResponseBase]]:
    """Pass a view its selection; answer 304 where the visitor's copy is current."""

    def decorate(feed_view: FeedView) -> Callable[[HttpRequest], HttpResponseBase]:
        @require_safe
        @wraps(feed_view)
        def view(request: HttpRequest) -> HttpResponseBase:
            operation = SyncOperation.objects.with_curated_genres().current().first()
            selection = Selection(Filters.from_query(request.GET), _address(request))
            etag, modified = _etag(selection, operation), _last_modified(operation)
            response = condition(lambda *_: etag, lambda *_: modified)(feed_view)(request, selection)
            # Nothing in it depends on who asks, unless its links repeat the Host that the request named.
            sharing = {"public": True} if settings.SITE_URL else {"private": True}
            patch_cache_control(response, **sharing, **caching)
            return response

        return view

    return decorate


def _address(request: HttpRequest) -> str:
    """Return the address of a request, at the site's own origin where it is set."""
    return settings.SITE_URL + request.get_full_path() if settings.SITE_URL else request.build_absolute_uri()


def _etag(selection: Selection, operation: SyncOperation | None) -> str:
    state = f"{selection.address} {catalog_stamp(operation)} {_last_modified(operation)}"
    return blake2b(state.encode(), digest_size=12).hexdigest()


def _last_modified(operation: SyncOperation | None) -> datetime:
    """Return when the catalog may have changed last: by a run, or at midnight, when upcoming albums become released."""
    midnight = timezone.make_aware(datetime.combine(timezone.localdate(), time.min))
    return max((operation.completed_at or operation.heartbeat_at) if operation else midnight, midnight)


@_conditional_feed(max_age=SUBSCRIPTION_SECONDS)
def albums_atom(_request: HttpRequest, selection: Selection) -> HttpResponse:
    return HttpResponse(atom.feed(selection), content_type=atom.CONTENT_TYPE)


@_conditional_feed(max_age=SUBSCRIPTION_SECONDS)
def albums_ics(_request: HttpRequest, selection: Selection) -> HttpResponse:
    # It brings icalendar, which most processes never need.
    from catalog.feeds import calendar  # noqa: PLC0415

    headers = {"Content-Disposition": 'inline; filename="progmetal.ics"'}
    return HttpResponse(calendar.calendar(selection), content_type=calendar.CONTENT_TYPE, headers=headers)


@_conditional_feed(no_cache=True)
def albums_json(request: HttpRequest, selection: Selection) -> JsonResponse:
    paginator = Paginator(selection.filters.albums().for_tiles(), page_size_of(request.GET.get("page_size")))
    page = paginator.get_page(request.GET.get("page"))
    return JsonResponse(json.listing(selection, page), json_dumps_params={"ensure_ascii": False})


@_conditional_feed(no_cache=True)
def albums_csv(_request: HttpRequest, selection: Selection) -> HttpResponseBase:
    lines = csv_lines(table.HEADER, table.rows(selection, selection.filters.albums()))
    return download(lines, filename=f"progmetal-{timezone.localdate().isoformat()}.csv", content_type=CSV)
