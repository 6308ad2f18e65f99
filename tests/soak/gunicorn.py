"""gunicorn's configuration for a site whose surroundings are as a fault needs them.

`SOAK_LIMITS` is a JSON object of module, then constant: what takes minutes on a real site
takes a second here. `SOAK_CLOCK_SECONDS` is how far the clock of this host is ahead. With
`SOAK_READ_ONLY` SQLite reads and does not write.
"""

import json
import os
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

import time_machine
from django.db.backends.signals import connection_created


def post_fork(_arbiter: Any, _worker: Any) -> None:
    """Change clock and database in each worker, before it loads the site."""
    if ahead := int(os.environ.get("SOAK_CLOCK_SECONDS", "0")):
        time_machine.travel(datetime.now(UTC) + timedelta(seconds=ahead), tick=True).start()
    if os.environ.get("SOAK_READ_ONLY"):
        connection_created.connect(_refuse_writes)


def post_worker_init(_worker: Any) -> None:
    """Set the constants in each worker, as the tests of the same faults do in their process."""
    for module, constants in json.loads(os.environ.get("SOAK_LIMITS", "{}")).items():
        for name, value in constants.items():
            # JSON knows no tuples, and of an HTTP client's timeouts a list is none.
            setattr(import_module(module), name, tuple(value) if isinstance(value, list) else value)


def _refuse_writes(connection: Any, **_sent: Any) -> None:
    if connection.vendor == "sqlite":
        connection.connection.execute("PRAGMA query_only = on")
