"""Albums that share most of an album's genres, found fast whatever the size of the catalog."""

from collections.abc import Iterable

from django.db.models import Count, OuterRef, Prefetch, Subquery

from catalog.models import Album, Genre
from catalog.models.album import AlbumQuerySet, genres_in_order

SHOWN = 6
# Both databases count so many within a few hundredths of a second.
MOST_TAGS_COUNTED = 20_000


def genres_with_tags() -> Prefetch:
    """Prefetch albums' genres with their canonical genre; `tagged` is the number of albums with the genre."""
    tags = Album.genres.through.objects.filter(genre=OuterRef("pk")).order_by().values("genre")
    tagged = Subquery(tags.annotate(albums=Count("pk")).values("albums"))
    return genres_in_order(Genre.objects.select_related("canonical").annotate(tagged=tagged))


def similar_albums(album: Album) -> AlbumQuerySet:
    """Return albums by other artists that share most genres; load the album with `genres_with_tags` first."""
    genres = _rarest_genres(album.genres.all())
    sharing = Album.objects.visible().filter(genres__in=genres).exclude(artist=album.artist_id)
    if len(genres) == 1:  # All of them share this one genre.
        return sharing.newest_first()[:SHOWN]
    most_shared = sharing.values("pk").annotate(shared=Count("pk")).order_by("-shared", "-sort_date", "pk")
    return Album.objects.filter(pk__in=most_shared.values("pk")[:SHOWN]).newest_first()


def _rarest_genres(genres: Iterable[Genre]) -> list[int]:
    rarest: list[int] = []
    tags = 0
    for tagged, pk in sorted((vars(genre)["tagged"], genre.pk) for genre in genres):
        tags += tagged
        if rarest and tags > MOST_TAGS_COUNTED:
            break
        rarest.append(pk)
    return rarest
