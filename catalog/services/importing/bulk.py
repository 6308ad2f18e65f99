"""Inserting many rows without making a model instance of each."""

# ruff: noqa: SLF001  (Django documents `_meta` as an API)

from collections.abc import Iterable, Sequence
from functools import cache, partial
from typing import Any

from django.db import connection
from django.db.models import AutoField, CharField, JSONField, Model, TextField


def insert(model: type[Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows of values for the named fields, and defaults for the others; returns no primary keys.

    `bulk_create` takes several times as long, nearly all of it for making instances and reading them again.
    """
    fields = [model._meta.get_field(name) for name in names]
    others = [
        field for field in model._meta.concrete_fields if field not in fields and not isinstance(field, AutoField)
    ]
    defaults = [field.get_db_prep_save(field.get_default(), connection) for field in others]
    values = zip(*map(_stored, fields, zip(*rows, strict=True)), strict=True)
    with connection.cursor() as cursor:
        cursor.executemany(_statement(model, [*fields, *others]), [(*row, *defaults) for row in values])


def _statement(model: type[Model], fields: Sequence[Any]) -> str:
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in fields)
    values = ", ".join(["%s"] * len(fields))
    return f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({values})"  # noqa: S608  (names of ours alone)


def _stored(field: Any, values: Sequence[Any]) -> Iterable[Any]:
    """Return a column's values as the database takes them: text as it is, and of other values each once prepared."""
    if isinstance(field, CharField | TextField):
        return values
    prepare = partial(field.get_db_prep_save, connection=connection)
    is_hashable = not isinstance(field, JSONField)
    return map(cache(prepare) if is_hashable else prepare, values)
