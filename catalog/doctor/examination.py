"""One examination: every subject once, with ten requests at most."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import datetime

from django.utils import timezone

from catalog.doctor.database import examine_database
from catalog.doctor.findings import CLOCK, DATABASE, SCHEDULE, SHEET, SPOTIFY, WORKER, Finding, Report
from catalog.doctor.outgoing import Outgoing
from catalog.doctor.services import Services
from catalog.doctor.site import examine_proxy, examine_schedule, examine_worker

logger = logging.getLogger(__name__)


def examine(*, headers: Mapping[str, str] | None = None, clock: Callable[[], datetime] = timezone.now) -> Report:
    """Examine everything; `headers` are those of the request that asks for it, if one does."""
    with closing(Outgoing(clock)) as outgoing:
        return Report(tuple(_findings(outgoing, headers)), outgoing.sent)


def _findings(outgoing: Outgoing, headers: Mapping[str, str] | None) -> Iterator[Finding]:
    services = Services(outgoing)
    yield _found(DATABASE, examine_database)
    yield _found(SHEET, services.sheet)
    yield _found(SPOTIFY, services.spotify)
    yield _found(WORKER, examine_worker)
    yield _found(SCHEDULE, examine_schedule)
    yield from examine_proxy(headers)
    yield _found(CLOCK, services.clock)


def _found(subject: str, look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except Exception as error:
        # What breaks one subject must not hide the others.
        logger.debug("The doctor failed at its subject %s.", subject, exc_info=True)
        sentence = f"Something happened that we did not foresee ({type(error).__name__})."
        remedy = "Run “manage.py doctor” with LOG_LEVEL=DEBUG, and report what the log says."
        return Finding(subject, ok=False, sentence=sentence, remedy=remedy)
