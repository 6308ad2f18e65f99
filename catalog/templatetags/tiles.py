"""What a tile says in one line; in Python, because a page has a hundred of them."""

from django import template

from catalog.models import Album

register = template.Library()


@register.filter
def facts(album: Album, genres_shown: int | None = None) -> str:
    """Write genres, vocal style and country: `Djent, Prog-metal · Clean · Finland`."""
    genres = [genre.name for genre in album.genres.all()][:genres_shown]
    vocal_style = album.vocal_style.name if album.vocal_style else ""
    return " · ".join(filter(None, (", ".join(genres), vocal_style, album.country)))


@register.filter
def small_cover(album: Album) -> str:
    """Return the address of the smallest cover that fills a tile, or nothing."""
    return album.spotify.cover_small_url or album.spotify.cover_url if album.spotify else ""
