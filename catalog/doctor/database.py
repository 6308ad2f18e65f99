"""Does the database answer, and is it complete?"""

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from catalog.doctor.findings import DATABASE, Finding

TRIGRAMS = "SELECT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm')"


def pending_migrations() -> int:
    """Count the migrations that are not applied; raises `DatabaseError` where the database cannot be reached."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def examine_database() -> Finding:
    name = connection.display_name
    try:
        pending = pending_migrations()
        if pending:
            sentence = f"{name} answers, but {pending} migration{' is' if pending == 1 else 's are'} not applied."
            return Finding(DATABASE, ok=False, sentence=sentence, remedy="Run “python manage.py migrate”.")
        return Finding(DATABASE, ok=True, sentence=f"{name} answers and all migrations are applied{_search()}.")
    except DatabaseError:
        remedy = "Check DATABASE_URL, and that the database runs and lets this machine in."
        return Finding(DATABASE, ok=False, sentence=f"{name} cannot be reached.", remedy=remedy)


def _search() -> str:
    if connection.vendor != "postgresql":
        return ""
    with connection.cursor() as cursor:
        cursor.execute(TRIGRAMS)
        (has_trigrams,) = cursor.fetchone()
    if has_trigrams:
        return ", and pg_trgm is installed"
    return "; pg_trgm is not installed, so a search reads every album, which is fast enough for the sheet"
