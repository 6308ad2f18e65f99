"""The last log lines of one run and its requests to each service, to be stored on the run's row.

A run's threads are told from the others of the process by a context variable: `background.start_aside` hands it on.
"""

import logging
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from logging.handlers import QueueHandler
from queue import SimpleQueue
from time import time
from typing import Any

MOST_LINES = 50
LONGEST_LINE = 200
# What other rooms log may hold an error in the words of the database.
LOGGER = logging.getLogger("catalog.services")

_current: ContextVar["Journal | None"] = ContextVar("_current", default=None)


def count_request(service: str) -> None:
    """Count a request for the run of this thread, if there is one."""
    if journal := _current.get():
        journal.count(service)


class Journal:
    """Any thread of the run may add to it; only the run itself reads."""

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix
        self._began_at = time()
        self._records: SimpleQueue[logging.LogRecord] = SimpleQueue()
        self._sent: SimpleQueue[str] = SimpleQueue()
        self._lines: deque[dict[str, Any]] = deque(maxlen=MOST_LINES)
        self._requests: Counter[str] = Counter()
        self._lines_taken = 0

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Take the lines and requests of this thread and of those that it starts aside."""
        handler = QueueHandler(self._records)
        handler.addFilter(lambda _record: _current.get() is self)
        token = _current.set(self)
        LOGGER.addHandler(handler)
        try:
            yield
        finally:
            LOGGER.removeHandler(handler)
            _current.reset(token)

    def count(self, service: str) -> None:
        self._sent.put(service)

    def news(self) -> dict[str, Any]:
        """Return those of the columns to which something has been added since."""
        lines = {"log_lines": list(self._lines)} if self._take_lines() else {}
        return lines | ({"requests": dict(self._requests)} if self._take_requests() else {})

    def columns(self) -> dict[str, Any]:
        """Return the values of the run's columns by their names."""
        self._take_lines()
        self._take_requests()
        return {"log_lines": list(self._lines), "requests": dict(self._requests)}

    def _take_lines(self) -> bool:
        taken_before = self._lines_taken
        while not self._records.empty():
            self._lines.append(self._line(self._records.get()))
        return self._lines_taken > taken_before

    def _take_requests(self) -> bool:
        taken_before = self._requests.total()
        while not self._sent.empty():
            self._requests[self._sent.get()] += 1
        return self._requests.total() > taken_before

    def _line(self, record: logging.LogRecord) -> dict[str, Any]:
        """Return the first line of a message: tracebacks stay in the log.

        PostgreSQL takes neither NUL nor half a surrogate pair.
        """
        self._lines_taken += 1
        text = record.getMessage().partition("\n")[0].removeprefix(self._prefix)
        return {
            "number": self._lines_taken,
            "seconds": round(max(0.0, record.created - self._began_at), 1),
            "level": record.levelname,
            "text": "".join(char if char.isprintable() else " " for char in text[:1].upper() + text[1:LONGEST_LINE]),
        }
