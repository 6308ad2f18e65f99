"""Telling the runs of this process that it is about to end.

A server that stops in an orderly way (SIGTERM, a recycled worker, a reload) lets Python
finish; daemon threads are still alive then, and a run gets the seconds to say on its row
that it was interrupted. Where a process is killed, the heartbeat tells instead.
"""

import atexit
from threading import Event, Thread

LAST_WORDS_SECONDS = 5

stopping = Event()
_runs: set[Thread] = set()


def watch(run: Thread) -> None:
    """Have the process wait for a run's last words when it ends."""
    _runs.add(run)


def forget(run: Thread) -> None:
    """Let go of a run that has ended."""
    _runs.discard(run)


@atexit.register
def _stop_runs() -> None:
    stopping.set()
    for run in list(_runs):
        run.join(LAST_WORDS_SECONDS)
