"""Which of the kept sheets a run's page offers to go back to."""

from catalog.models import SyncOperation, SyncRecord, Workbook


def sheet_to_go_back_to(operation: SyncOperation, record: SyncRecord | None) -> Workbook | None:
    """Return the sheet that a run has read, or the one before it where that is what the catalog shows.

    An undo that did not complete offers its own again. A run that has read none of the kept sheets, and changed
    nothing, has nothing to offer.
    """
    kept = Workbook.objects.in_bulk(field_name="digest")
    own = kept.get(operation.workbook_digest)
    is_broken_undo = operation.sheet_of and operation.status != SyncOperation.Status.COMPLETED
    if own and (is_broken_undo or own.digest != _shown_digest()):
        return own
    if not kept or not (own or (record and record.changed())):
        return None
    before = SyncOperation.objects.filter(pk__lt=operation.pk, workbook_digest__in=set(kept) - {own and own.digest})
    digest = before.order_by("-pk").values_list("workbook_digest", flat=True).first()
    return kept[digest] if digest else None


def _shown_digest() -> str:
    """Return which sheet was imported last; empty for one that is not kept."""
    imported = SyncOperation.objects.filter(record__rows__gt=0)
    return imported.order_by("-pk").values_list("workbook_digest", flat=True).first() or ""
