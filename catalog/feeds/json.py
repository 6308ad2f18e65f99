"""A page of albums as plain values for JSON; docs/api.md describes every field."""

from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page

from catalog.feeds.selection import Selection
from catalog.models import Album, SpotifyAlbum
from catalog.vocabulary.columns import LINKS, PLAIN
from catalog.vocabulary.dates import iso_date


def listing(selection: Selection, page: Page[Album]) -> dict[str, Any]:
    return {
        "total": page.paginator.count,
        "page": page.number,
        "pages": page.paginator.num_pages,
        "page_size": page.paginator.per_page,
        "next": _page_address(selection, page, page.number + 1) if page.has_next() else None,
        "previous": _page_address(selection, page, page.number - 1) if page.has_previous() else None,
        "html": selection.page_address,
        "albums": [fields(selection, album) for album in page],
    }


def fields(selection: Selection, album: Album) -> dict[str, Any]:
    """Return everything known about an album; a plain column without a form of its own follows at the end."""
    written = {
        "id": album.pk,
        "url": selection.absolute(album.get_absolute_url()),
        "artist": album.artist.name,
        "title": album.title,
        "release_date": iso_date(album.release_date, album.release_precision) or None,
        "release_precision": album.release_precision or None,
        "release_text": album.release_text,
        "release_year": album.release_year,
        "format": album.format,
        "is_debut": album.is_debut,
        "is_reissue": album.is_reissue,
        "genres": [genre.name for genre in album.genres.all()],
        "vocal_style": album.vocal_style.name if album.vocal_style else None,
        "country": album.country,
        "country_codes": album.country_codes.split(),
        "section": album.section,
        **{link.name: getattr(album, link.name) or None for link in LINKS if link.is_plain},
        "spotify": _spotify_fields(album.spotify) if album.spotify else None,
        "tab": album.tab,
        "row": album.row,
        "imported_at": album.imported_at.isoformat(),
        "updated_at": album.updated_at.isoformat(),
    }
    return written | {name: getattr(album, name) for name in PLAIN if name not in written}


def _spotify_fields(spotify: SpotifyAlbum) -> dict[str, Any]:
    return {
        "id": spotify.spotify_id,
        "url": spotify.url,
        "state": spotify.state,
        "name": spotify.name,
        "artist": spotify.artist_name,
        "cover_url": spotify.cover_url or None,
        "cover_small_url": spotify.cover_small_url or None,
        "release_date": iso_date(spotify.release_date, spotify.release_precision) or None,
        "release_precision": spotify.release_precision or None,
        "total_tracks": spotify.total_tracks,
        "tracks": spotify.tracks,
        "checked_at": spotify.checked_at.isoformat() if spotify.checked_at else None,
    }


def _page_address(selection: Selection, page: Page[Album], number: int) -> str:
    position = urlencode({"page_size": page.paginator.per_page, "page": number})
    separator = "&" if selection.filters.query_string() else "?"
    return f"{selection.feed_address}{separator}{position}"
