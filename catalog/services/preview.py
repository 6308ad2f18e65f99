"""A run that is undone: what a sync would change, without changing it."""

from dataclasses import dataclass, replace

from django.db import transaction

from catalog.models import AlbumChange, SyncOperation, SyncRecord
from catalog.services.conductor import Unattended
from catalog.services.sync_manager import SyncManager
from catalog.services.sync_run import SyncOptions, fetch


@dataclass(frozen=True)
class Preview:
    """The operation and record that a sync would leave, and its changes with their albums."""

    operation: SyncOperation
    record: SyncRecord
    changes: tuple[AlbumChange, ...]


def preview(options: SyncOptions) -> Preview:
    """Do a whole run in one transaction and roll it back; Spotify is not asked.

    Other writers wait meanwhile, for as long as it takes to read the sheet; not for its
    download, which can take minutes. Raises what makes that impossible.
    """
    options = replace(options, workbook=fetch(options, conductor=Unattended()))
    manager = SyncManager()
    with transaction.atomic():
        operation = manager.create_operation(triggered_by=SyncOperation.Trigger.COMMAND, options=options)
        operation = manager.run_sync(operation.pk, options)
        record = operation.record
        changes = tuple(AlbumChange.objects.filter(record=record).select_related("album__artist"))
        transaction.set_rollback(True)
    return Preview(operation, record, changes)
