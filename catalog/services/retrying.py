"""Waiting for a database that is busy or away for a moment."""

from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

from catalog.services.conductor import Conductor, wait_patiently
from catalog.services.errors import DatabaseTrouble

# Beside the 20 s for which SQLite itself waits for a lock.
PAUSES_SECONDS = (0.2, 0.5, 1, 2, 4)
DATABASE_AWAY = "The database is locked, full or cannot be reached."

Result = TypeVar("Result")


def _is_about_the_values(error: Exception) -> bool:
    """Tell PostgreSQL's class 54, a limit that no waiting lifts: a text too long for an index, for example."""
    return str(getattr(error.__cause__, "sqlstate", None)).startswith("54")


def when_database_is_busy(attempt: Callable[[], Result], *, conductor: Conductor) -> Result:
    """Call `attempt`, again after a pause where the database was locked or not there.

    `attempt` has to be one whole transaction. Raises `DatabaseTrouble` in the end,
    and at once `OperationalError` where the values are at fault.
    """
    for pause in PAUSES_SECONDS:
        try:
            return attempt()
        except (OperationalError, InterfaceError) as error:
            if _is_about_the_values(error):
                raise
            connection.close_if_unusable_or_obsolete()
            wait_patiently(pause, conductor)
    try:
        return attempt()
    except (OperationalError, InterfaceError) as error:
        raise DatabaseTrouble(DATABASE_AWAY) from error
