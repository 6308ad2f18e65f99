"""A site's database, reached past the site: a clean start, time that passes, and what the catalog holds."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import psycopg

from catalog.services.sheet.releases import DERIVED
from catalog.vocabulary.columns import COLUMNS

BUSY_TIMEOUT_SECONDS = 20
# In the order in which they can be emptied.
TABLES = (
    "catalog_albumchange",
    "catalog_rowissue",
    "catalog_heldback",
    "catalog_syncrecord",
    "catalog_syncoperation",
    "catalog_syncschedule",
    "catalog_workbook",
    "catalog_album_genres",
    "catalog_album",
    "catalog_spotifyalbum",
    "catalog_spotifypause",
    "catalog_artist",
    "catalog_genre",
    "catalog_vocalstyle",
)
RELATED = ("artist", "vocal_style", "genres")
ALBUM_FIELDS = (*(column.name for column in COLUMNS if column.name not in RELATED), *DERIVED, "fingerprint")
SPOTIFY_FIELDS = (
    "state",
    "name",
    "artist_name",
    "cover_url",
    "cover_small_url",
    "release_date",
    "release_precision",
    "total_tracks",
    "tracks",
)
# No ids: a run that was killed has used up some of them.
CATALOG = f"""
    SELECT artist.name, vocals.name, {", ".join(f"album.{name}" for name in ALBUM_FIELDS)},
           {", ".join(f"spotify.{name}" for name in SPOTIFY_FIELDS)}, genre.name
    FROM catalog_album album
    JOIN catalog_artist artist ON artist.id = album.artist_id
    LEFT JOIN catalog_vocalstyle vocals ON vocals.id = album.vocal_style_id
    LEFT JOIN catalog_spotifyalbum spotify ON spotify.spotify_id = album.spotify_id
    LEFT JOIN catalog_album_genres link ON link.album_id = album.id
    LEFT JOIN catalog_genre genre ON genre.id = link.genre_id
    WHERE album.withdrawn_at IS NULL
"""  # noqa: S608  (names out of the lists above)


class Database:
    """The SQLite file or the PostgreSQL database behind a site's DATABASE_URL."""

    def __init__(self, url: str) -> None:
        self._url = url

    @property
    def is_postgresql(self) -> bool:
        return self._url.startswith("postgres")

    def execute(self, statement: str) -> None:
        """Run one statement."""
        with self._connection() as connection:
            connection.execute(statement)

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a query."""
        with self._connection() as connection:
            return connection.execute(statement).fetchall()

    def count(self, table: str) -> int:
        """Count a table's rows; a condition may follow its name."""
        return self.rows(f"SELECT COUNT(*) FROM {table}")[0][0]  # noqa: S608

    def empty(self) -> None:
        """Remove the catalog and all runs."""
        with self._connection() as connection:
            for table in TABLES:
                connection.execute(f"DELETE FROM {table}")  # noqa: S608

    def let_time_pass(self) -> None:
        """Let the last heartbeat of the active run be long ago."""
        self.execute(
            "UPDATE catalog_syncoperation SET heartbeat_at = '2025-01-01 00:00:00+00:00' "
            "WHERE status IN ('pending', 'running')"
        )

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock that a run needs for its writes."""
        with self._connection() as connection:
            connection.execute(
                "LOCK TABLE catalog_syncoperation IN SHARE ROW EXCLUSIVE MODE"
                if self.is_postgresql
                else "BEGIN IMMEDIATE"
            )
            yield

    def let_write(self, *, allowed: bool) -> None:
        """Decide whether new sessions may write; of SQLite, each process decides that for itself."""
        if self.is_postgresql:
            name = urlsplit(self._url).path.lstrip("/")
            setting = f"default_transaction_read_only = {not allowed}"
            self.execute(f'SET TRANSACTION READ WRITE; ALTER DATABASE "{name}" SET {setting}')

    def catalog(self) -> str:
        """Return a digest of all that the visible catalog says."""
        return _digest(self.rows(CATALOG))

    def everything(self) -> str:
        """Return a digest of every row of the app."""
        return _digest([(table, row) for table in TABLES for row in self.rows(f"SELECT * FROM {table}")])  # noqa: S608

    @contextmanager
    def _connection(self) -> Iterator[Any]:
        if self.is_postgresql:
            with psycopg.connect(self._url) as connection:
                yield connection
            return
        file = self._url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(file, timeout=BUSY_TIMEOUT_SECONDS)) as connection, connection:
            yield connection


def _digest(rows: list[tuple[Any, ...]]) -> str:
    return sha256("\n".join(sorted(map(repr, rows))).encode()).hexdigest()
