"""What the steps of a run need from whoever conducts it.

The steps (download, import, enrichment) know neither the operation's row nor its lease;
they show signs of life and hand over transactions through a `Conductor`.
"""

from collections.abc import Callable
from concurrent.futures import Future, wait
from contextlib import AbstractContextManager
from threading import Thread
from time import monotonic, sleep
from typing import Protocol, TypeVar

from django.db import transaction

TICK_SECONDS = 0.25

T = TypeVar("T")


class Conductor(Protocol):
    """The run as its steps see it."""

    def tick(self) -> None:
        """Show a sign of life; cheap, so call it often (at least twice a second).

        Raises `SyncStopped` where the run has been cancelled or has lost its lease.
        """

    def report(self, *, done: int, total: int | None, message: str) -> None:
        """Show progress: `done` of `total` within the stage, with a sentence for people."""

    def transaction(self) -> AbstractContextManager[object]:
        """Open a transaction that commits only while the run is still in force.

        Raises `LeaseLost` on entering it otherwise.
        """
        ...


class Unattended:
    """A conductor for work outside a run: nobody watches, nobody cancels."""

    def tick(self) -> None:
        """Go on."""

    def report(self, *, done: int, total: int | None, message: str) -> None:
        """Keep it to ourselves."""

    def transaction(self) -> AbstractContextManager[object]:
        """Open a plain transaction."""
        return transaction.atomic()


def result_of(future: Future[T], conductor: Conductor) -> T:
    """Wait for a future with the run's heartbeat and cancel alive, and return its result."""
    while not future.done():
        wait([future], timeout=TICK_SECONDS)
        conductor.tick()
    return future.result()


def start_aside(call: Callable[[], T]) -> Future[T]:
    """Start a blocking call in a daemon thread of its own; unlike a pool's, it keeps no process waiting.

    The call must not touch the database.
    """
    future: Future[T] = Future()

    def work() -> None:
        try:
            future.set_result(call())
        except BaseException as error:  # noqa: BLE001  (carried over to the waiting thread)
            future.set_exception(error)

    Thread(target=work, name="progmetal-aside", daemon=True).start()
    return future


def run_aside(call: Callable[[], T], conductor: Conductor) -> T:
    """Run a blocking call, network for example, in a thread of its own and wait for it.

    When the run is stopped meanwhile, the thread is left to its own time-outs.
    """
    return result_of(start_aside(call), conductor)


def wait_patiently(seconds: float, conductor: Conductor) -> None:
    """Wait in small steps with the run's heartbeat and cancel alive."""
    end = monotonic() + seconds
    while (left := end - monotonic()) > 0:
        sleep(min(left, TICK_SECONDS))
        conductor.tick()
