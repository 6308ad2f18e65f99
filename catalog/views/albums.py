"""The catalog and its albums."""

from hashlib import blake2b
from secrets import token_hex

from django.core.paginator import Paginator
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from catalog.browsing.filters import Filters
from catalog.browsing.freshness import Freshness, read_freshness
from catalog.browsing.similar import genres_with_tags, similar_albums
from catalog.browsing.version import catalog_stamp
from catalog.models import Album, AlbumChange, SpotifyAlbum
from catalog.models.album import AlbumQuerySet
from catalog.presentation.dates import timeago
from catalog.presentation.players import players_for
from catalog.presentation.sync_status import SyncStatus
from catalog.views.facets import narrowing
from catalog.views.status import status_for

PROCESS = token_hex(4)  # Another process may have other templates.
PAGE_SIZES = (25, 50, 100)
PAGE_SIZE_WORDS = tuple(map(str, PAGE_SIZES))
DEFAULT_PAGE_SIZE = 50
PAGE_SIZE_COOKIE = "page_size"
REMEMBERED_SECONDS = 365 * 24 * 3600
OTHER_ALBUMS_SHOWN = 24
CHANGES_SHOWN = 50


@require_safe
def album_list(request: HttpRequest) -> HttpResponse:
    """Show a page of tiles as search and filters ask for it, below the state of the last sync.

    A browser that has the page as it still is gets 304.
    """
    status, freshness = status_for(request), read_freshness()
    etag = _etag(request, status, freshness)
    response = get_conditional_response(request, etag=etag) or _list_page(request, status, freshness)
    if etag:
        response["ETag"] = etag
    return response


def _list_page(request: HttpRequest, status: SyncStatus, freshness: Freshness) -> HttpResponse:
    filters = Filters.from_query(request.GET)
    stamp = catalog_stamp(status.operation)
    page_size = _page_size(request)
    paginator = CountedPaginator(filters.albums().for_tiles(), page_size, count=filters.total(stamp=stamp))
    is_page_size_named = str(page_size) == request.GET.get("page_size")
    page = paginator.get_page(request.GET.get("page"))
    context = narrowing(filters, stamp=stamp) | {
        "page": page,
        "page_numbers": paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1),
        "page_size": page_size,
        "page_sizes": PAGE_SIZES,
        "is_page_size_named": is_page_size_named,
        "page_query": filters.query_string(),
        "total_albums": Filters().total(stamp=stamp),
        "results": paginator.count,
        "looser": [] if paginator.count else filters.looser(stamp=stamp),
        "freshness": freshness,
        "status": status,
    }
    response = render(request, "catalog/album_list.html", context)
    if is_page_size_named:
        response.set_cookie(PAGE_SIZE_COOKIE, str(page_size), max_age=REMEMBERED_SECONDS, samesite="Lax")
    return response


@require_safe
def album_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show everything known about one album, withdrawn or not."""
    album = get_object_or_404(Album.objects.without_genres().prefetch_related(genres_with_tags()), pk=pk)
    if album.spotify:
        SpotifyAlbum.objects.note_interest(album.spotify)
    others = list(Album.objects.visible().by_same_artist(album).without_genres().newest_first()[:OTHER_ALBUMS_SHOWN])
    similar = list(similar_albums(album).without_genres())
    prefetch_related_objects([*others, *similar], "genres")
    context = {
        "album": album,
        "spotify": album.spotify,
        "players": players_for(album),
        "tracks": album.spotify.tracks if album.spotify else [],
        "other_albums": others,
        "similar_albums": similar,
        "freshness": read_freshness(),
        "history": AlbumChange.objects.filter(album=album)
        .select_related("record__operation")
        .order_by("-pk")[:CHANGES_SHOWN],
    }
    return render(request, "catalog/album_detail.html", context)


def _etag(request: HttpRequest, status: SyncStatus, freshness: Freshness) -> str | None:
    """Return what changes when the page would read differently; None while a run changes it all the time.

    Cookies count: the page holds the visitor's CSRF token and page size.
    """
    if status.is_active:
        return None
    said = (timezone.localdate(), timeago(freshness.last_sync and freshness.last_sync.sync_timestamp), freshness)
    asked = (request.get_full_path(), request.headers.get("Cookie"), request.headers.get("HX-Request"))
    state = (PROCESS, asked, catalog_stamp(status.operation), status.pause, said)
    return quote_etag(blake2b(repr(state).encode(), digest_size=12).hexdigest())


def _page_size(request: HttpRequest) -> int:
    """Return the page size that is asked for, or else the one that was chosen before."""
    for wanted in (request.GET.get("page_size"), request.COOKIES.get(PAGE_SIZE_COOKIE)):
        if wanted in PAGE_SIZE_WORDS:
            return int(wanted)
    return DEFAULT_PAGE_SIZE


class CountedPaginator(Paginator):
    """A paginator that is told how many there are instead of counting."""

    def __init__(self, albums: AlbumQuerySet, page_size: int, *, count: int) -> None:
        super().__init__(albums, page_size)
        self.count = count
