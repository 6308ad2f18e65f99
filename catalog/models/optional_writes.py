"""Writes that a page can do without: they never fail it, and never keep it waiting for a lock."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import InterfaceError, InternalError, OperationalError, connection, transaction

logger = logging.getLogger(__name__)

LOCK_WAIT_MILLISECONDS = 100
# PostgreSQL calls a write to a read-only database an internal error.
UNWRITABLE_ERRORS = (OperationalError, InternalError, InterfaceError)


def write_if_possible(write: Callable[[], object]) -> bool:
    """Call `write` in a transaction; return False where the database is locked, full or read-only."""
    try:
        with _short_lock_wait_of_sqlite(), transaction.atomic():
            if connection.vendor == "postgresql":
                _execute(f"SET LOCAL lock_timeout = {LOCK_WAIT_MILLISECONDS}")
            write()
    except UNWRITABLE_ERRORS as error:
        logger.warning("The database could not be written now: %s.", type(error).__name__)
        return False
    return True


@contextmanager
def _short_lock_wait_of_sqlite() -> Iterator[None]:
    """Let SQLite wait for a short time only, also for the lock that begins a transaction."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        (usual_milliseconds,) = cursor.fetchone()
    _execute(f"PRAGMA busy_timeout = {LOCK_WAIT_MILLISECONDS}")
    try:
        yield
    finally:
        _execute(f"PRAGMA busy_timeout = {usual_milliseconds}")


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
