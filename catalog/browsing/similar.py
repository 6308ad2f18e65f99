"""More of the same genres: a handful of albums, found fast however many there are."""

from collections.abc import Iterable

from django.db.models import Count, OuterRef, Prefetch, Subquery

from catalog.models import Album, Genre
from catalog.models.album import AlbumQuerySet

SHOWN = 6
# So many tags are counted within a few hundredths of a second on both databases.
MOST_TAGS_COUNTED = 20_000


def genres_with_tags() -> Prefetch:
    """Load albums' genres, the genre that each stands for, and in `tagged` how many albums carry it."""
    tags = Album.genres.through.objects.filter(genre=OuterRef("pk")).order_by().values("genre")
    tagged = Subquery(tags.annotate(albums=Count("pk")).values("albums"))
    return Prefetch("genres", Genre.objects.select_related("canonical").annotate(tagged=tagged))


def similar_albums(album: Album) -> AlbumQuerySet:
    """Return albums by others that share most of its genres; these have to be loaded by `genres_with_tags`."""
    genres = _telling_genres(album.genres.all())
    sharing = Album.objects.visible().filter(genres__in=genres).exclude(artist=album.artist_id)
    if len(genres) == 1:  # All share as much, and the newest need no counting.
        return sharing.newest_first()[:SHOWN]
    most_shared = sharing.values("pk").annotate(shared=Count("pk")).order_by("-shared", "-sort_date", "pk")
    return Album.objects.filter(pk__in=most_shared.values("pk")[:SHOWN]).newest_first()


def _telling_genres(genres: Iterable[Genre]) -> list[int]:
    """Return the rarest of the genres, as many as can be counted in time: they tell the most."""
    telling: list[int] = []
    tags = 0
    for tagged, pk in sorted((vars(genre)["tagged"], genre.pk) for genre in genres):
        tags += tagged
        if telling and tags > MOST_TAGS_COUNTED:
            break
        telling.append(pk)
    return telling
