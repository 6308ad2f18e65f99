"""What a worker does where SYNC_RUNNER is `tasks`: `manage.py db_worker` calls it."""

from django_tasks import task

from catalog.services import shutdown
from catalog.services.sync_manager import SyncManager


@task()
def run_sync(operation_id: int) -> None:
    """Do a whole run; its operation tells how it went, so a task that comes twice or is lost does no harm."""
    with shutdown.stopped_by_sigterm():
        SyncManager().run_sync(operation_id)
