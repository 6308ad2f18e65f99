"""gunicorn's configuration for the demo: one worker, because a sync is a thread of it."""

import os
import sys
from typing import Any

workers = 1
threads = 8
worker_class = "progmetal.gunicorn_worker.BufferingWorker"
timeout = 60
graceful_timeout = 3
loglevel = "warning"
# Not used, and its socket would stay in the home folder.
control_socket_disable = True


def when_ready(_server: Any) -> None:
    sys.stdout.write(os.environ["PROGMETAL_DEMO_GREETING"])
    sys.stdout.flush()
