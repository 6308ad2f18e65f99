"""A trigram index for the search, where the PostgreSQL at hand has the extension for it.


Without it, as on SQLite, the search reads all albums: fast enough for the sheet, not
for ten times its size.
"""

# ruff: noqa: ARG001  (the signatures are Django's)

from typing import Any

from django.db import migrations

MAY_CREATE = """
    SELECT has_database_privilege(current_database(), 'CREATE')
       AND EXISTS (SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm')
"""
INDEX = "catalog_album_search_text_trigrams"


def create_index(apps: Any, schema_editor: Any) -> None:
    """Create the extension and the index."""
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(MAY_CREATE)
        if cursor.fetchone()[0]:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            cursor.execute(f"CREATE INDEX {INDEX} ON catalog_album USING gin (search_text gin_trgm_ops)")


def drop_index(apps: Any, schema_editor: Any) -> None:
    """Drop the index; the extension may serve others."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP INDEX IF EXISTS {INDEX}")


class Migration(migrations.Migration):
    """Add the index."""

    dependencies = [("catalog", "0001_initial")]

    operations = [migrations.RunPython(create_index, drop_index)]
