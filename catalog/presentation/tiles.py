"""The texts of a tile, in Python for speed: a page has up to a hundred tiles."""

from django.utils import timezone

from catalog.models import Album


def facts(album: Album, genres_shown: int | None = None) -> str:
    """Write genres, vocal style and country: `Djent, Prog-metal · Clean · Finland`."""
    genres = [genre.name for genre in album.genres.all()][:genres_shown]
    vocal_style = album.vocal_style.name if album.vocal_style else ""
    return " · ".join(filter(None, (", ".join(genres), vocal_style, album.country)))


def small_cover(album: Album) -> str:
    return album.spotify.cover_small_url or album.spotify.cover_url if album.spotify else ""


def tile_contents(album: Album) -> str:
    """Return everything that decides how a tile looks; it is the tile's cache key."""
    spotify_checked_at = album.spotify.checked_at if album.spotify else None
    return f"{timezone.localdate()} {album.pk} {album.updated_at} {spotify_checked_at} {album} {facts(album)}"
