"""Writes what the sheet says to the catalog, in batches of one transaction each."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from django.db import DatabaseError, DataError, IntegrityError, OperationalError
from django.db.models import Max, Value
from django.db.models.functions import Coalesce

from catalog.models import Album, AlbumChange, HeldBack, SyncRecord
from catalog.models.album import genres_in_order
from catalog.services.importing.bulk import insert
from catalog.services.importing.differences import Differences, differences
from catalog.services.importing.guard import hold_back
from catalog.services.importing.plan import KnownAlbum, Plan, plan_import
from catalog.services.importing.references import References
from catalog.services.run_context import StepContext
from catalog.services.sheet.releases import DERIVED, Issue, Release, TabReading
from catalog.vocabulary.columns import PLAIN
from catalog.vocabulary.issues import IssueKind

logger = logging.getLogger(__name__)

BATCH_SIZE = 500

# Why the database refused an album; its own message is in the database's log.
REASONS: Sequence[tuple[type[DatabaseError], str]] = (
    (DataError, "one of its values does not fit into the database"),
    (IntegrityError, "it breaks one of the rules of the database"),
    (OperationalError, "the database could not be written"),
)
LONGEST_NAME = 400  # Beside the reason, in the 500 characters of a finding.

Kind = AlbumChange.Kind
Change = tuple[int, AlbumChange.Kind, Differences]  # The first is the album's primary key.
Item = TypeVar("Item")
Saved = TypeVar("Saved", Release, tuple[KnownAlbum, Release])
Write = Callable[[Sequence[Item]], Counter[str]]


@dataclass
class ImportResult:
    """`counts` are by `AlbumChange.Kind`, or "skipped" for what is already current."""

    counts: Counter[str] = field(default_factory=Counter)
    failures: list[Issue] = field(default_factory=list)


class AlbumImporter:
    """One import, in these steps: `decide`, `hold_back` in a run that people can answer, `save`, `withdraw`."""

    def __init__(self, *, record: SyncRecord, context: StepContext, now: datetime) -> None:
        self._record = record
        self._context = context
        self._now = now
        self._references = References(context)
        self._done = 0
        self._total = 0
        self._known: list[KnownAlbum] = []
        self._let_through: list[int] = []
        self.plan = Plan()
        self.result = ImportResult()

    def decide(self, releases: Sequence[Release]) -> None:
        """Plan the import."""
        self._known = self._context.read(known_albums)
        self.plan = plan_import(releases, self._known)
        self._total = len(releases)

    def hold_back(self, readings: Sequence[TabReading], *, accepted_by: str = "") -> Sequence[str]:
        """Take out of the plan what nobody has accepted; return sentences that say what. Needs a saved record."""
        verdict = self._context.write(
            lambda: hold_back(self._record, self.plan, self._known, readings, accepted_by=accepted_by)
        )
        self.plan, self._let_through, self._record.questions = verdict.plan, verdict.let_through, verdict.asked
        return verdict.notices

    def save(self, releases: Sequence[Release]) -> ImportResult:
        """Create and update albums; one that fails is named in the result and left as it was."""
        counts = {"current": self.plan.unchanged, "new": len(self.plan.new), "changed": len(self.plan.changed)}
        told = ", ".join(f"{count:,} {kind}" for kind, count in counts.items())
        logger.info("Albums of the sheet: %s.", told)
        self._advance(self.plan.unchanged)
        self.result.counts["skipped"] += self.plan.unchanged
        self._references.prepare(releases)
        for batch in in_batches(self.plan.new):
            self._save(batch, self._create)
        for pairs in in_batches(self.plan.changed):
            self._save(pairs, self._update)
        for pairs in in_batches(self.plan.moved):
            self._commit(pairs, self._move)
        return self.result

    def withdraw(self) -> None:
        """Withdraw what the plan has as gone; with that, all that was accepted has been let through."""
        if self.plan.gone:
            logger.info("Albums that the sheet no longer lists: %s.", f"{len(self.plan.gone):,}")
        for batch in in_batches(self.plan.gone):
            self._commit(batch, self._withdraw)
        if self._let_through:
            done = HeldBack.objects.filter(pk__in=self._let_through)
            self._context.write(lambda: done.update(state=HeldBack.State.DONE))

    def _save(self, batch: Sequence[Saved], write: Write[Saved]) -> None:
        try:
            self._commit(batch, write)
        except DatabaseError:
            self._save_one_by_one(batch, write)
        self._advance(len(batch), _release(batch[-1]).tab)

    def _save_one_by_one(self, batch: Sequence[Saved], write: Write[Saved]) -> None:
        for item in batch:
            try:
                self._commit([item], write)
            except DatabaseError as error:
                self.result.failures.append(_failure(item, error))

    def _commit(self, batch: Sequence[Item], write: Write[Item]) -> None:
        self._context.tick()
        self.result.counts.update(self._context.write(lambda: write(batch)))

    def _advance(self, albums: int, tab: str = "") -> None:
        self._done += albums
        message = f"Syncing album {self._done:,} of {self._total:,}…"
        self._context.report(done=self._done, total=self._total, message=message, tab=tab)

    def _create(self, releases: Sequence[Release]) -> Counter[str]:
        rows = [self._contents(release) | {"imported_at": self._now, "updated_at": self._now} for release in releases]
        last = Album.objects.aggregate(last=Max("pk"))["last"] or 0
        insert(Album, tuple(rows[0]), [tuple(row.values()) for row in rows])
        # No two releases of an export say the same, or they would have been merged.
        keys = dict(Album.objects.filter(pk__gt=last).values_list("fingerprint", "pk"))
        albums = [(keys[release.fingerprint], release) for release in releases]
        self._add_genres(albums)
        return self._log((pk, Kind.CREATED, {}) for pk, _release in albums)

    def _update(self, pairs: Sequence[tuple[KnownAlbum, Release]]) -> Counter[str]:
        albums = _load([known.pk for known, _release in pairs])
        changes: list[Change] = []
        regrouped: list[tuple[int, Release]] = []
        for known, release in pairs:
            album = albums[known.pk]
            fields = differences(album, release, self._references)
            if fields or known.is_withdrawn:
                changes.append((album.pk, Kind.RESTORED if known.is_withdrawn else Kind.UPDATED, fields))
                album.updated_at = self._now
            if "genres" in fields:
                regrouped.append((album.pk, release))
            for name, value in self._contents(release).items():
                setattr(album, name, value)
        written = [*self._contents(pairs[0][1]), "updated_at"]
        Album.objects.bulk_create(albums.values(), update_conflicts=True, unique_fields=["id"], update_fields=written)
        Album.genres.through.objects.filter(album__in=[pk for pk, _release in regrouped]).delete()
        self._add_genres(regrouped)
        return self._log(changes) + Counter(skipped=len(pairs) - len(changes))

    def _move(self, pairs: Sequence[tuple[KnownAlbum, Release]]) -> Counter[str]:
        """Save the new row numbers; a moved row is not a change of its album."""
        Album.objects.bulk_update([Album(pk=known.pk, row=release.row) for known, release in pairs], ["row"])
        return Counter()

    def _withdraw(self, gone: Sequence[KnownAlbum]) -> Counter[str]:
        Album.objects.filter(pk__in=[known.pk for known in gone]).update(withdrawn_at=self._now, updated_at=self._now)
        return self._log((known.pk, Kind.WITHDRAWN, {}) for known in gone)

    def _contents(self, release: Release) -> dict[str, Any]:
        """Return an album's columns but its genres, which need its primary key."""
        artist_key, title_key = release.key
        return {
            **{name: getattr(release, name) for name in (*PLAIN, *DERIVED)},
            "artist_id": self._references.artist(artist_key).pk,
            "artist_key": artist_key,
            "title_key": title_key,
            "vocal_style_id": self._references.vocal_style(release.vocal_style),
            "country_codes": " ".join(release.country_codes),
            "spotify_id": release.spotify_id or None,
            "fingerprint": release.fingerprint,
            "withdrawn_at": None,
        }

    def _add_genres(self, albums: Iterable[tuple[int, Release]]) -> None:
        rows = [(pk, self._references.genre(name).pk) for pk, release in albums for name in release.genres]
        insert(Album.genres.through, ("album", "genre"), rows)

    def _log(self, changes: Iterable[Change]) -> Counter[str]:
        rows = [(self._record.pk, pk, kind, fields) for pk, kind, fields in changes]
        insert(AlbumChange, ("record", "album", "kind", "fields"), rows)
        return Counter(kind for _record, _album, kind, _fields in rows)


def known_albums() -> list[KnownAlbum]:
    columns = [Coalesce(name, Value("")) if name == "spotify_id" else name for name in KnownAlbum._fields]
    return [KnownAlbum._make(row) for row in Album.objects.order_by("pk").values_list(*columns)]


def in_batches(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), BATCH_SIZE):
        yield items[start : start + BATCH_SIZE]


def _load(keys: Sequence[int]) -> dict[int, Album]:
    albums = Album.objects.select_related("artist", "vocal_style").prefetch_related(genres_in_order())
    return {album.pk: album for album in albums.filter(pk__in=keys)}


def _release(item: Saved) -> Release:
    return item if isinstance(item, Release) else item[1]


def _failure(item: Saved, error: DatabaseError) -> Issue:
    release = _release(item)
    logger.warning("%s, row %d could not be imported: %s", release.tab, release.row, type(error).__name__)
    reason = next((words for kind, words in REASONS if isinstance(error, kind)), "the database refused it")
    return Issue(release.tab, release.row, IssueKind.NOT_IMPORTED, f"{release.name[:LONGEST_NAME]}: {reason}")
