"""gunicorn's configuration for production.

Threads, because a sync is a thread of a worker and pages have to answer beside it; ours are not held by
slow clients. No `max_requests`: recycling a worker would interrupt the sync in it.
"""

import os
from typing import Any

bind = os.environ.get("BIND", "0.0.0.0:8000")
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "8"))
worker_class = "progmetal.gunicorn_worker.BufferingWorker"
timeout = 60
graceful_timeout = 20
accesslog = None
control_socket_disable = True


def child_exit(_server: Any, worker: Any) -> None:
    """Let the figures of a worker that has gone be added up without it."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from prometheus_client import multiprocess  # noqa: PLC0415  (only where there are figures to add up)

        multiprocess.mark_process_dead(worker.pid)
