"""The catalog and its albums."""

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from catalog.models import Album, SpotifyAlbum, SyncRecord
from catalog.views.status import status_for

PAGE_SIZES = (25, 50, 100)
DEFAULT_PAGE_SIZE = 50
OTHER_ALBUMS_SHOWN = 24


@require_safe
def album_list(request: HttpRequest) -> HttpResponse:
    """Show a page of tiles, newest first, below the state of the last sync."""
    page_size = _page_size(request)
    paginator = Paginator(Album.objects.visible().newest_first().for_tiles(), page_size)
    page: Page[Album] = paginator.get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "page": page,
        "page_numbers": paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1),
        "page_size": page_size,
        "page_sizes": PAGE_SIZES,
        "page_query": query.urlencode(),
        "total_albums": paginator.count,
        "last_sync": SyncRecord.last_success(),
        "status": status_for(request),
    }
    return render(request, "catalog/album_list.html", context)


@require_safe
def album_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show everything known about one album, withdrawn or not."""
    albums = Album.objects.for_tiles()
    album = get_object_or_404(albums, pk=pk)
    if album.spotify:
        SpotifyAlbum.objects.note_interest(album.spotify)
    context = {
        "album": album,
        "spotify": album.spotify,
        "tracks": album.spotify.tracks if album.spotify else [],
        "other_albums": albums.visible().by_same_artist(album).newest_first()[:OTHER_ALBUMS_SHOWN],
        "last_sync": SyncRecord.last_success(),
    }
    return render(request, "catalog/album_detail.html", context)


def _page_size(request: HttpRequest) -> int:
    wanted = request.GET.get("page_size", "")
    return int(wanted) if wanted in map(str, PAGE_SIZES) else DEFAULT_PAGE_SIZE
