"""The catalog and its albums."""

from hashlib import blake2b
from secrets import token_hex
from typing import Any

from django.conf import settings
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import condition, require_safe

from catalog.browsing.filters import SORTS, Filters
from catalog.browsing.freshness import Freshness, read_freshness
from catalog.browsing.similar import genres_with_tags, similar_albums
from catalog.browsing.version import catalog_stamp
from catalog.models import Album, AlbumChange, SpotifyAlbum
from catalog.models.album import genres_in_order
from catalog.presentation.albums import players_for
from catalog.presentation.dates import timeago
from catalog.presentation.sync_status import SyncStatus
from catalog.views.pagination import PAGE_SIZES, page_context, page_of, page_size_of
from catalog.views.status import status_for

PROCESS = token_hex(4)  # Another process may have other templates.
PAGE_SIZE_COOKIE = "page_size"
REMEMBERED_SECONDS = 365 * 24 * 3600
OTHER_ALBUMS_SHOWN = 24
CHANGES_SHOWN = 50


@require_safe
def album_list(request: HttpRequest) -> HttpResponse:
    status, freshness = status_for(request, with_stamp=True), read_freshness()
    etag = _etag(request, status, freshness)
    return condition(lambda *_: etag)(_list_page)(request, status, freshness)


def _list_page(request: HttpRequest, status: SyncStatus, freshness: Freshness) -> HttpResponse:
    filters = Filters.from_query(request.GET)
    stamp = catalog_stamp(status.operation)
    named_size = request.GET.get("page_size")
    page_size = page_size_of(named_size, request.COOKIES.get(PAGE_SIZE_COOKIE))
    is_page_size_named = str(page_size) == named_size
    results = filters.total(stamp=stamp)
    page = page_of(filters.albums().for_tiles(), size=page_size, number=request.GET.get("page"), total=results)
    context = {
        **page_context(page, query=filters.query_string()),
        **_form_context(filters, stamp=stamp),
        "page_size": page_size,
        "page_sizes": PAGE_SIZES,
        "is_page_size_named": is_page_size_named,
        "total_albums": Filters().total(stamp=stamp),
        "results": results,
        "looser": [] if results else filters.looser(stamp=stamp),
        "freshness": freshness,
        "status": status,
    }
    response = render(request, "catalog/album_list.html", context)
    if is_page_size_named:
        response.set_cookie(
            PAGE_SIZE_COOKIE, str(page_size), max_age=REMEMBERED_SECONDS, samesite="Lax", secure=settings.HTTPS
        )
    return response


def _form_context(filters: Filters, *, stamp: str) -> dict[str, Any]:
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


def _etag(request: HttpRequest, status: SyncStatus, freshness: Freshness) -> str | None:
    """None while a run is active. Cookies count: the page contains the CSRF token and the page size."""
    if status.is_active:
        return None
    shown = (timezone.localdate(), timeago(freshness.last_sync and freshness.last_sync.sync_timestamp), freshness)
    asked = (request.get_full_path(), request.headers.get("Cookie"), request.headers.get("HX-Request"))
    is_held = status.operation and status.operation.holds_syncs
    state = (PROCESS, asked, catalog_stamp(status.operation), status.asking_run, is_held, status.pause, shown)
    return blake2b(repr(state).encode(), digest_size=12).hexdigest()


@require_safe
def facet_options(request: HttpRequest, parameter: str) -> HttpResponse:
    filters = Filters.from_query(request.GET)
    facets = filters.facets(stamp=catalog_stamp(status_for(request, with_stamp=True).operation))
    facet = next((facet for facet in facets if facet.parameter == parameter), None)
    if facet is None:
        raise Http404
    others = [(name, value) for name, value in filters.pairs() if name != parameter]
    return render(request, "catalog/facet_options.html", {"facet": facet, "others": others})


@require_safe
def album_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an album, withdrawn or not."""
    album = get_object_or_404(Album.objects.without_genres().prefetch_related(genres_with_tags()), pk=pk)
    if album.spotify:
        SpotifyAlbum.objects.note_interest(album.spotify)
    others = list(Album.objects.visible().by_same_artist(album).without_genres().newest_first()[:OTHER_ALBUMS_SHOWN])
    similar = list(similar_albums(album).without_genres())
    prefetch_related_objects([*others, *similar], genres_in_order())
    history = AlbumChange.objects.filter(album=album).select_related("record__operation").order_by("-pk")
    context = {
        "album": album,
        "spotify": album.spotify,
        "players": players_for(album),
        "tracks": album.spotify.tracks if album.spotify else [],
        "other_albums": others,
        "similar_albums": similar,
        "freshness": read_freshness(),
        "history": history[:CHANGES_SHOWN],
    }
    return render(request, "catalog/album_detail.html", context)
