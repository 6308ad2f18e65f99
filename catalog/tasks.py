"""Runs by a worker, where SYNC_RUNNER is `tasks`: `manage.py db_worker` calls the task."""

from collections.abc import Callable

from django.db import transaction
from django_tasks import task

from catalog.models import SyncOperation
from catalog.services import background
from catalog.services.sync_manager import RUNNERS, SyncManager


@task()
def run_sync(operation_id: int) -> None:
    """Do a whole run; its operation says how it went, so a task that comes twice or is lost does no harm."""
    with background.stopped_by_sigterm():
        SyncManager().run_sync(operation_id)


def enqueue(create: Callable[[], SyncOperation]) -> SyncOperation:
    """Create a run and its task, both or neither: a run without a task would wait in vain."""
    with transaction.atomic():
        operation = create()
        run_sync.enqueue(operation.pk)
    return operation


RUNNERS["tasks"] = enqueue
