"""The requests of an examination: counted, limited, and compared with this machine's clock."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from requests import PreparedRequest, Response

from catalog.services.errors import SyncError
from catalog.services.network.http_session import TimedAdapter

MOST_REQUESTS = 10


class RequestsUsedUp(SyncError):
    """One more request would be too many."""

    title = "The doctor asks no further."
    remedy = "Mend what it has found so far, and run it again."


class Outgoing(TimedAdapter):
    """Sends the requests of all clients, at most ten; `clock_errors` holds one difference for each dated answer."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self._clock = clock
        self.sent = 0
        self.clock_errors: list[timedelta] = []

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        if self.sent == MOST_REQUESTS:
            raise RequestsUsedUp(f"No answer came with the {MOST_REQUESTS} requests that the doctor may send.")
        self.sent += 1
        response = super().send(request, *args, **kwargs)
        self._compare(response.headers.get("Date", ""))
        return response

    def _compare(self, date: str) -> None:
        try:
            moment = parsedate_to_datetime(date)
        except ValueError:
            return
        # A date without a zone, as "-0000" is read, is one in UTC.
        self.clock_errors.append(self._clock() - (moment if moment.tzinfo else moment.replace(tzinfo=UTC)))
