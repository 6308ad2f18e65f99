"""Artists, genres, vocal styles and Spotify ids: the rows that albums point to."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from hashlib import blake2b
from typing import Any, NamedTuple, TypeVar

from django.db.models import Model
from django.utils.text import slugify

from catalog.models import Artist, Genre, SpotifyAlbum, VocalStyle
from catalog.services.importing.bulk import insert
from catalog.services.run_context import StepContext
from catalog.services.sheet.releases import Release
from catalog.vocabulary.folding import fold

BATCH_SIZE = 1000
SLUG_LENGTH = 90  # With a digest behind it still short enough for a choice in a query string.

NamedRow = TypeVar("NamedRow", Artist, Genre)
SluggedRow = TypeVar("SluggedRow", Genre, VocalStyle)

genre_key = lru_cache(maxsize=4096)(fold)  # The real sheet has 1,308 genres; a process lives through many runs.


class Named(NamedTuple):
    pk: int
    name: str


class References:
    """The rows that albums refer to; `prepare` creates those that an export needs.

    They are created before the albums, so that a batch of albums that fails rolls none of them back. No page shows
    rows without albums.
    """

    def __init__(self, context: StepContext) -> None:
        self._context = context
        self._artists: dict[str, Named] = {}
        self._genres: dict[str, Named] = {}
        self._vocal_styles: dict[str, int] = {}
        self._former_artist_names: dict[int, str] = {}

    def prepare(self, releases: Sequence[Release]) -> None:
        """Load all rows, create the missing ones, and give each its most frequent spelling."""
        artists = most_frequent_spellings((release.key[0], release.artist) for release in releases)
        genres = most_frequent_spellings((genre_key(name), name) for release in releases for name in release.genres)
        self._artists = self._by_key(Artist)
        self._create(Artist, ("key", "name"), [item for item in artists.items() if item[0] not in self._artists])
        self._former_artist_names = self._rename(Artist, self._artists, artists)
        self._artists = self._by_key(Artist)
        self._genres = self._by_key(Genre)
        slugs = self._slugs(Genre, "key", genres)
        missing = [(key, name, slugs[key]) for key, name in genres.items() if key not in self._genres]
        self._create(Genre, ("key", "name", "slug"), missing)
        self._rename(Genre, self._genres, genres)
        self._genres = self._by_key(Genre)
        self._prepare_vocal_styles({release.vocal_style for release in releases} - {""})
        self._prepare_spotify_albums({release.spotify_id for release in releases} - {""})

    def _prepare_vocal_styles(self, names: set[str]) -> None:
        slugs = self._slugs(VocalStyle, "name", names)
        missing = names.difference(self._column(VocalStyle, "name"))
        self._create(VocalStyle, ("name", "slug"), [(name, slugs[name]) for name in sorted(missing)])
        self._vocal_styles = dict(self._rows(VocalStyle, "name", "pk"))

    def _slugs(self, model: type[SluggedRow], name: str, listed: Collection[str]) -> dict[str, str]:
        """Return the slug of each row, old or to be created, by the column `name`; save those that change."""
        rows = {key: (pk, slug) for key, pk, slug in self._rows(model, name, "pk", "slug")}
        slugs = unique_slugs(listed, rows)
        changed = {pk: slugs[key] for key, (pk, slug) in rows.items() if slug != slugs[key]}
        if changed:
            self._context.tick()
            self._context.write(partial(_save_slugs, model, changed))
        return slugs

    def _prepare_spotify_albums(self, ids: set[str]) -> None:
        missing = ids.difference(self._column(SpotifyAlbum, "pk"))
        self._create(SpotifyAlbum, ("spotify_id",), [(spotify_id,) for spotify_id in sorted(missing)])

    def _create(self, model: type[Model], names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        for start in range(0, len(rows), BATCH_SIZE):
            self._context.tick()
            self._context.write(partial(insert, model, names, rows[start : start + BATCH_SIZE]))

    def _rename(self, model: type[NamedRow], known: dict[str, Named], wanted: dict[str, str]) -> dict[int, str]:
        """Save new spellings; return the former names by primary key."""
        renamed = {key: row for key, row in known.items() if wanted.get(key, row.name) != row.name}
        rows = [model(pk=row.pk, name=wanted[key]) for key, row in renamed.items()]
        if rows:
            self._context.tick()
            self._context.write(partial(model.objects.bulk_update, rows, ["name"], batch_size=500))
        return {row.pk: row.name for row in renamed.values()}

    def _by_key(self, model: type[NamedRow]) -> dict[str, Named]:
        return {key: Named(pk, name) for key, pk, name in self._rows(model, "key", "pk", "name")}

    def _column(self, model: type[Model], name: str) -> list[str]:
        return [value for (value,) in self._rows(model, name)]

    def _rows(self, model: type[Model], *names: str) -> list[tuple[Any, ...]]:
        query = model._default_manager.values_list(*names)  # noqa: SLF001  (the documented name of any model's manager)
        return self._context.read(partial(list, query))

    def artist(self, key: str) -> Named:
        return self._artists[key]

    def former_artist_name(self, artist: Artist) -> str:
        """Return the artist's name before this run."""
        return self._former_artist_names.get(artist.pk) or artist.name

    def genre(self, name: str) -> Named:
        return self._genres[genre_key(name)]

    def vocal_style(self, name: str) -> int | None:
        return self._vocal_styles[name] if name else None


def unique_slugs(listed: Collection[str], others: Iterable[str]) -> dict[str, str]:
    """Return a slug for each name; which one does not depend on the order in which the names came.

    Of names with the same plain slug, one that the sheet lists has it before one that it does not, then one that is
    spelled like it. Behind the slugs of the rest stands a digest of the name.
    """
    plain = {name: slugify(name, allow_unicode=True)[:SLUG_LENGTH] or "other" for name in {*listed, *others}}
    ranked = sorted(plain, key=lambda name: (name not in listed, plain[name] != name, name))
    owners: dict[str, str] = {}
    for name in ranked:
        owners.setdefault(plain[name], name)
    slugs = {name: slug for slug, name in owners.items()}
    taken = set(owners)
    for name in ranked:
        if name not in slugs:
            slugs[name] = _slug_with_digest(plain[name], name, taken)
            taken.add(slugs[name])
    return slugs


def _slug_with_digest(plain: str, name: str, taken: Collection[str]) -> str:
    slug = f"{plain}-{_digest(name)}"
    while slug in taken:
        slug = f"{plain}-{_digest(slug)}"
    return slug


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=3).hexdigest()


def _save_slugs(model: type[SluggedRow], slugs: Mapping[int, str]) -> None:
    """Save slugs by primary key; two rows may exchange theirs, so all of them are freed first."""
    freed = {pk: f"~{pk}" for pk in slugs}
    for step in (freed, slugs):
        rows: list[Any] = [model(pk=pk, slug=slug) for pk, slug in step.items()]
        model.objects.bulk_update(rows, ["slug"], batch_size=500)


def most_frequent_spellings(names: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return {key: most frequent name} of pairs (key, name); the first one wins a tie."""
    spellings: dict[str, str] = {}
    best: dict[str, int] = {}
    for (key, name), count in Counter(names).items():
        if count > best.get(key, 0):
            spellings[key], best[key] = name, count
    return spellings
