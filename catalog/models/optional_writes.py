"""Writes that a page can do without: they never fail it, and never keep it waiting for a lock."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import InterfaceError, InternalError, OperationalError, connection, transaction

logger = logging.getLogger(__name__)

LOCK_WAIT_MILLISECONDS = 100
# PostgreSQL calls a write to a read-only database an internal error.
UNWRITABLE_ERRORS = (OperationalError, InternalError, InterfaceError)


def write_if_possible(write: Callable[[], object]) -> None:
    """Call `write` in a transaction; where the database is locked, full or read-only, only the log tells."""
    try:
        with _short_lock_wait_of_sqlite(), transaction.atomic(savepoint=False):
            if connection.vendor == "postgresql":
                _execute(f"SET LOCAL lock_timeout = {LOCK_WAIT_MILLISECONDS}")
            write()
    except UNWRITABLE_ERRORS as error:
        logger.warning("The database could not be written now: %s", error)


@contextmanager
def _short_lock_wait_of_sqlite() -> Iterator[None]:
    """Let SQLite wait for a short time only, also for the lock that begins a transaction."""
    if connection.vendor != "sqlite":
        yield
        return
    (usual_milliseconds,) = _execute("PRAGMA busy_timeout").fetchone()
    _execute(f"PRAGMA busy_timeout = {LOCK_WAIT_MILLISECONDS}")
    try:
        yield
    finally:
        _execute(f"PRAGMA busy_timeout = {usual_milliseconds}")


def _execute(setting: str) -> Any:
    """Execute a statement about the connection itself, which is no query of a page."""
    connection.ensure_connection()
    with connection.wrap_database_errors:
        return connection.connection.execute(setting)
