"""The app's configuration."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """The catalog of releases and the synchronisation that fills it."""

    name = "catalog"
    verbose_name = "Catalog"

    def ready(self) -> None:
        """Register the system checks."""
        from catalog import checks  # noqa: F401, PLC0415  (registration is the import)
