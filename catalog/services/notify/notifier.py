"""Tells the address in NOTIFY_URL how runs end; a run never fails because of it."""

import json
import logging
from dataclasses import dataclass
from functools import partial
from urllib.parse import urljoin, urlsplit

from django.db import connection

from catalog.models import SyncOperation, SyncRecord
from catalog.services import background
from catalog.services.errors import SyncError
from catalog.services.notify.delivery import NotDelivered, Post
from catalog.services.run_context import retry_while_busy

logger = logging.getLogger(__name__)

HEALTHCHECKS = "healthchecks"
PLAIN = "text/plain; charset=utf-8"
OK, WARNING, ERROR, CANCELLED = "ok", "warning", "error", "cancelled"
TROUBLE = (WARNING, ERROR)
Status = SyncOperation.Status


@dataclass(frozen=True, kw_only=True)
class NotifyOptions:
    """Whom to tell, and how: nobody where `url` is empty. `site_url` is put before the paths of pages."""

    url: str
    style: str
    allow_private: bool
    site_url: str


@dataclass(frozen=True)
class Request:
    """What is posted: `suffix` is added to the address."""

    suffix: str
    content_type: str
    body: bytes


class Notifier:
    """Tells of one run."""

    def __init__(self, options: NotifyOptions, operation: SyncOperation) -> None:
        self._options = options
        self._operation = operation
        self._start: Post | None = None

    def tell_start(self) -> None:
        """Begin to say that the run starts, where the style has a word for it."""
        is_pending = self._operation.status == Status.PENDING
        if self._is_silent() or self._options.style != HEALTHCHECKS or not is_pending:
            return
        self._start = self._begin(Request("/start", PLAIN, b""))

    def tell_end(self) -> None:
        """Say how the run has ended, and return when that is said; the words about its start come first."""
        if self._is_silent():
            return
        try:
            request = retry_while_busy(self._request)
        except SyncError as error:
            logger.warning("Sync %d: nobody was notified. %s", self._operation.pk, error.what_happened)
            return
        if self._start:
            self._wait(self._start)
        if request:
            self._send(request)

    def tell_end_aside(self) -> None:
        """Say in a thread how the run has ended: a page does not wait for it."""
        if self._is_silent():
            return
        if request := self._request():
            background.start_run(partial(self._send, request), name=f"notify-{self._operation.pk}")

    def _is_silent(self) -> bool:
        # What a transaction may still undo, as a dry run does, has not happened.
        return not self._options.url or connection.in_atomic_block

    def _request(self) -> Request | None:
        """Return what to post about the end, if anything."""
        ended = SyncOperation.objects.select_related("record").get(pk=self._operation.pk)
        result = result_of(ended)
        title, message = words(ended, result)
        address = urljoin(self._options.site_url, ended.get_absolute_url())
        if self._options.style == HEALTHCHECKS:
            text = "\n".join((title, message, address))
            return Request("/fail" if result in TROUBLE else "", PLAIN, text.encode())
        if result == CANCELLED or (result == OK and not _was_in_trouble_before(ended)):
            return None
        content = {
            "status": result,
            "title": title,
            "message": message,
            "counts": _record_of(ended).counts(),
            "address": address,
        }
        return Request("", "application/json", json.dumps(content).encode())

    def _send(self, request: Request) -> None:
        if post := self._begin(request):
            self._wait(post)

    def _begin(self, request: Request) -> Post | None:
        try:
            return Post(
                _with_suffix(self._options.url, request.suffix),
                body=request.body,
                content_type=request.content_type,
                allow_private=self._options.allow_private,
            )
        except NotDelivered as error:
            self._log(error)
            return None

    def _wait(self, post: Post) -> None:
        try:
            post.wait()
        except NotDelivered as error:
            self._log(error)

    def _log(self, error: NotDelivered) -> None:
        logger.warning("Sync %d: the address in NOTIFY_URL was not told. %s", self._operation.pk, error)


def result_of(operation: SyncOperation) -> str:
    """Return how an ended run went: ok, warning, error or cancelled."""
    if operation.status == Status.CANCELLED:
        return CANCELLED
    if operation.status == Status.FAILED:
        return WARNING if operation.interrupted else ERROR
    return WARNING if _record_of(operation).has_warnings() else OK


def words(operation: SyncOperation, result: str) -> tuple[str, str]:
    """Return the title and the message about an ended run."""
    if operation.status == Status.FAILED:
        return operation.error_title, operation.error_message
    if result == CANCELLED:
        return "Sync cancelled.", "The next sync completes the rest."
    record = _record_of(operation)
    counts = f"{record.albums_created:,} new, {record.albums_updated:,} updated, {record.albums_failed:,} failed."
    title = "Sync completed with warnings." if result == WARNING else "Sync completed."
    return title, " ".join((counts, *record.notices))


def _was_in_trouble_before(operation: SyncOperation) -> bool:
    """Whether the last run before this one ended with a warning or an error; cancelled ones say nothing."""
    earlier = SyncOperation.objects.filter(pk__lt=operation.pk, status__in=(Status.COMPLETED, Status.FAILED))
    last = earlier.select_related("record").order_by("-pk").first()
    return last is not None and result_of(last) in TROUBLE


def _record_of(operation: SyncOperation) -> SyncRecord:
    return operation.record if hasattr(operation, "record") else SyncRecord(albums_failed=operation.albums_failed)


def _with_suffix(url: str, suffix: str) -> str:
    parts = urlsplit(url)
    return parts._replace(path=parts.path.rstrip("/") + suffix if suffix else parts.path).geturl()
