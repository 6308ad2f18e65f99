"""Telling the runs of this process that it is about to end.

A server that stops in an orderly way (SIGTERM, a recycled worker, a reload) lets Python
finish; daemon threads are still alive then, and a run gets the seconds to say on its row
that it was interrupted. Where a process is killed, the heartbeat tells instead.
"""

import atexit
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread, current_thread, main_thread
from types import FrameType

LAST_WORDS_SECONDS = 5

stopping = Event()
_runs: set[Thread] = set()


def watch(run: Thread) -> None:
    """Have the process wait for a run's last words when it ends."""
    _runs.add(run)


def forget(run: Thread) -> None:
    """Let go of a run that has ended."""
    _runs.discard(run)


@contextmanager
def stopped_by_sigterm() -> Iterator[None]:
    """Have SIGTERM end the run in this thread, before it does what else it is there for."""
    if current_thread() is not main_thread():
        # Python hears signals in its main thread alone; `db_worker --reload` runs beside it.
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        stopping.set()
        if callable(before):
            before(number, frame)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@atexit.register
def _stop_runs() -> None:
    stopping.set()
    for run in list(_runs):
        run.join(LAST_WORDS_SECONDS)
