"""Keeping the workbooks that were read last, and reading one again."""

import logging
from functools import partial

from django.db.models.functions import Now

from catalog.models import SyncOperation, Workbook
from catalog.services.errors import DatabaseTrouble, SheetNotKept
from catalog.services.run_context import StepContext, retry_while_busy
from catalog.services.sheet.archive import Archive

logger = logging.getLogger(__name__)


def keep(data: bytes, *, operation: SyncOperation, context: StepContext, most: int) -> list[str]:
    """Keep the workbook that a run has imported, and the newest of the others.

    The import is worth more: where the database has no room, the run goes on and notes the sentence that is returned.
    """
    try:
        context.write(partial(_save, data, Archive(data).digest(), operation, most))
    except DatabaseTrouble as error:
        logger.warning("The workbook of sync %d could not be kept: %s", operation.pk, error.what_happened)
        return [f"The sheet of this sync could not be kept, so nobody can go back to it. {error.what_happened}"]
    return []


def _save(data: bytes, digest: str, operation: SyncOperation, most: int) -> None:
    """Make room first: a database file then grows no more once as many are kept as may be."""
    others = Workbook.objects.exclude(digest=digest)
    newest = others.values_list("pk", flat=True)[: max(0, most - 1)]
    others.exclude(pk__in=list(newest)).delete()
    if not most:
        Workbook.objects.all().delete()
        return
    if not Workbook.objects.filter(digest=digest).update(read_at=Now()):
        Workbook.objects.create(digest=digest, content=data, size=len(data), read_at=Now())
    SyncOperation.objects.filter(pk=operation.pk).update(workbook_digest=digest)


def read_kept(digest: str) -> bytes:
    """Return a kept workbook; raises `SheetNotKept`."""
    content = retry_while_busy(partial(Workbook.read, digest))
    if content is None:
        raise SheetNotKept("Newer sheets have taken its place.")
    return content
