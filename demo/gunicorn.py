"""gunicorn's configuration for the demo: one worker, because a sync is a thread of it."""

import os
import sys
from typing import Any

workers = 1
threads = 8
worker_class = "gthread"
timeout = 60
graceful_timeout = 3
loglevel = "warning"
# It would leave a socket in the home folder, and nothing here uses it.
control_socket_disable = True


def when_ready(_server: Any) -> None:
    """Say where the site is as soon as it answers."""
    sys.stdout.write(os.environ["PROGMETAL_DEMO_GREETING"])
    sys.stdout.flush()
