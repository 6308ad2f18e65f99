"""The app's configuration."""

from django.apps import AppConfig
from django.conf import settings


class CatalogConfig(AppConfig):
    """The catalog of releases and the synchronisation that fills it."""

    name = "catalog"
    verbose_name = "Catalog"

    def ready(self) -> None:
        """Register the system checks, and the tasks where a worker does the runs."""
        # Importing is registering, and models can be imported only now.
        from catalog import checks  # noqa: F401, PLC0415

        if settings.SYNC_RUNNER == "tasks":
            from catalog import tasks  # noqa: F401, PLC0415
