"""The rows of a running site, reached past it: a clean start for each test, and states that take long to wait for."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.support.waiting import wait_until

BUSY_TIMEOUT_SECONDS = 20
END_TIMEOUT_SECONDS = 20


class SiteRows:
    """The SQLite file of a site, while the site uses it."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def empty(self) -> None:
        """End the active run, then remove the catalog and all runs."""
        self.end_active_run()
        with self._connection() as connection:
            for table in _names(connection, "table"):
                connection.execute(f'DELETE FROM "{table}"')  # noqa: S608  (a name out of the schema)
            for trigger in _names(connection, "trigger"):
                connection.execute(f'DROP TRIGGER "{trigger}"')

    def end_active_run(self) -> None:
        """Cancel the active run and wait until its thread has seen that."""
        self.execute("UPDATE catalog_syncoperation SET cancel_requested = 1")
        self.wait_for_end()

    def wait_for_end(self) -> None:
        """Wait until no run is under way."""
        wait_until(lambda: not self.active_runs(), END_TIMEOUT_SECONDS, "the run does not end")

    def active_runs(self) -> int:
        """Count the runs under way."""
        return self.count("catalog_syncoperation WHERE status IN ('pending', 'running')")

    def count(self, table: str) -> int:
        """Count a table's rows; a condition may follow its name."""
        with self._connection() as connection:
            return connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]  # noqa: S608

    def newest(self, table: str) -> int:
        """Return the highest id in a table; a condition may follow its name."""
        with self._connection() as connection:
            return connection.execute(f"SELECT MAX(id) FROM {table}").fetchone()[0]  # noqa: S608

    def execute(self, statement: str, *values: object) -> None:
        """Run one statement."""
        with self._connection() as connection:
            connection.execute(statement, values)

    def refuse_album(self, title: str) -> None:
        """Let the database itself refuse an album of this title."""
        quoted = title.replace("'", "''")
        self.execute(
            f"CREATE TRIGGER catalog_refuse BEFORE INSERT ON catalog_album WHEN NEW.title = '{quoted}' "
            "BEGIN SELECT RAISE(ABORT, 'refused'); END"
        )

    def backdate_heartbeat(self) -> None:
        """Let the last sign of life of a run be a minute old."""
        self.execute("UPDATE catalog_syncoperation SET heartbeat_at = datetime('now', '-1 minute')")

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._file, timeout=BUSY_TIMEOUT_SECONDS)) as connection, connection:
            yield connection


def _names(connection: sqlite3.Connection, kind: str) -> list[str]:
    query = "SELECT name FROM sqlite_master WHERE type = ? AND name LIKE 'catalog\\_%' ESCAPE '\\'"
    return [name for (name,) in connection.execute(query, (kind,))]
