"""The thread of a serving process that starts syncs by themselves: retries, and those of SYNC_EVERY."""

import logging
from threading import Thread

from django.db import Error, connection

from catalog.models import SyncSchedule
from catalog.services import background
from catalog.services.errors import SyncError
from catalog.services.sync_manager import SyncManager

logger = logging.getLogger(__name__)

LOOK_SECONDS = 30


def start() -> None:
    """Look at once and then every 30 seconds, until the process ends."""
    Thread(target=_look_until_the_end, name="scheduler", daemon=True).start()


def _look_until_the_end() -> None:
    look()
    while not background.stopping.wait(LOOK_SECONDS):
        look()


def look() -> None:
    """Start what is due; a database that is away now may be back the next time."""
    try:
        SyncManager().start_due(SyncSchedule.clock())
    except (Error, SyncError) as error:
        logger.debug("Nothing could be started: %s", error)
    finally:
        connection.close()
