"""Telling the runs of this process that it is about to end.

A server that stops in an orderly way (SIGTERM, a recycled worker, a reload) lets Python
finish; daemon threads are still alive then, and a run gets the seconds to say on its row
that it was interrupted. Where a process is killed, the heartbeat tells instead.
"""

import atexit
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread, current_thread, main_thread
from types import FrameType

Handler = Callable[[int, FrameType | None], object] | int

LAST_WORDS_SECONDS = 5

stopping = Event()
_runs: set[Thread] = set()


def watch(run: Thread) -> None:
    """Have the process wait for a run's last words when it ends."""
    _runs.add(run)


def forget(run: Thread) -> None:
    """Let go of a run that has ended."""
    _runs.discard(run)


def listen() -> None:
    """Have SIGTERM end the runs of this process at once, before it does what else it is there for.

    A server waits for its visitors' connections first, often until its master kills it.
    """
    _hear_sigterm()


@contextmanager
def stopped_by_sigterm() -> Iterator[None]:
    """Have SIGTERM end the run in this thread, for as long as it lasts."""
    before = _hear_sigterm()
    try:
        yield
    finally:
        if before is not None:
            signal.signal(signal.SIGTERM, before)


def _hear_sigterm() -> Handler | None:
    """Listen before whoever listened so far, and return them; None where nothing can be heard."""
    if current_thread() is not main_thread():
        # Python hears signals in its main thread alone; `db_worker --reload` and runserver work beside it.
        return None

    def stop(number: int, frame: FrameType | None) -> None:
        stopping.set()
        if callable(before):
            before(number, frame)
        elif before == signal.SIG_DFL:
            sys.exit(128 + number)

    before = signal.signal(signal.SIGTERM, stop)
    return before


@atexit.register
def _stop_runs() -> None:
    stopping.set()
    for run in list(_runs):
        run.join(LAST_WORDS_SECONDS)
