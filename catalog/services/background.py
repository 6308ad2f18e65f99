"""Work beside a run: calls in threads of their own, interruptible waiting, and the graceful stop of the process.

On a graceful stop (SIGTERM, a recycled worker, a reload) Python runs `atexit` functions while daemon threads are still
alive: a run has a few seconds to note that it was interrupted. After a kill, only the missing heartbeat shows it.
"""

import atexit
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import Future, InvalidStateError, wait
from contextlib import contextmanager, suppress
from contextvars import copy_context
from threading import Event, Thread, Timer, current_thread, main_thread
from time import monotonic, sleep
from types import FrameType
from typing import Any, TypeVar

TICK_SECONDS = 0.25
STOP_TIMEOUT_SECONDS = 5
ASIDE = "progmetal-aside"

# Called at least every `TICK_SECONDS`; it may raise, which ends the waiting.
Tick = Callable[[], None]
SignalHandler = Callable[[int, FrameType | None], object] | int

T = TypeVar("T")

stopping = Event()  # Set when this process is about to end.
_runs: set[Thread] = set()


def start_aside(call: Callable[[], T], *, limit_seconds: float, too_late: Exception) -> Future[T]:
    """Start a call that uses no database in a daemon thread, which unlike a pool's does not delay the process's end.

    The thread gets a copy of this one's context. After `limit_seconds` the future fails with `too_late`, and what the
    call returns later is dropped.
    """
    future: Future[T] = Future()
    limit = Timer(limit_seconds, _settle, (future.set_exception, too_late))
    limit.daemon = True

    def work() -> None:
        try:
            result = call()
        except BaseException as error:  # noqa: BLE001  (raised again in the waiting thread)
            _settle(future.set_exception, error)
        else:
            _settle(future.set_result, result)
        finally:
            limit.cancel()

    limit.start()
    Thread(target=copy_context().run, args=(work,), name=ASIDE, daemon=True).start()
    return future


def _settle(settle: Callable[[Any], None], outcome: object) -> None:
    with suppress(InvalidStateError):  # The first outcome counts.
        settle(outcome)


def run_aside(call: Callable[[], T], tick: Tick, *, limit_seconds: float, too_late: Exception) -> T:
    """Like `start_aside`, but wait for the result; a wait that ends early leaves the thread to its own time-outs."""
    future = start_aside(call, limit_seconds=limit_seconds, too_late=too_late)
    while not future.done():
        wait([future], timeout=TICK_SECONDS)
        tick()
    return future.result()


def wait_in_steps(seconds: float, tick: Tick) -> None:
    end = monotonic() + seconds
    while (left := end - monotonic()) > 0:
        sleep(min(left, TICK_SECONDS))
        tick()


def stacks() -> str:
    """Return where this thread and all calls aside are at the moment, without the values of their variables."""
    frames = sys._current_frames()  # noqa: SLF001  (the documented way, in spite of its name)
    shown = [thread for thread in threading.enumerate() if thread is current_thread() or thread.name == ASIDE]
    return "\n".join(
        f"Thread {thread.name}:\n{''.join(traceback.format_stack(frames[thread.ident]))}"
        for thread in shown
        if thread.ident in frames
    )


# The end of the process --------------------------------------------------------------------


def start_run(target: Callable[[], None], *, name: str) -> None:
    """Start a run in a daemon thread, for which the process waits a few seconds when it ends."""

    def work() -> None:
        try:
            target()
        finally:
            _runs.discard(current_thread())

    thread = Thread(target=work, name=name, daemon=True)
    _runs.add(thread)
    thread.start()


def stop_runs_on_sigterm() -> None:
    """End the runs at once: a server first waits for its visitors' connections, often until its master kills it."""
    _install_sigterm_handler()


@contextmanager
def stopped_by_sigterm() -> Iterator[None]:
    """End the run in this thread when SIGTERM comes; the former handler is back afterwards."""
    before = _install_sigterm_handler()
    try:
        yield
    finally:
        if before is not None:
            signal.signal(signal.SIGTERM, before)


def _install_sigterm_handler() -> SignalHandler | None:
    """Call our handler before the present one, and return that; None outside the main thread."""
    if current_thread() is not main_thread():
        # Python handles signals in its main thread only; `db_worker --reload` and runserver work beside it.
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
        run.join(STOP_TIMEOUT_SECONDS)
