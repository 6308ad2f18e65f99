"""Inserting many rows without making a model instance of each."""

# ruff: noqa: SLF001  (Django documents `_meta` as an API)

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import AutoField, Model


def insert(model: type[Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows of values for the named fields, and defaults for the others; returns no primary keys.

    `bulk_create` takes several times as long, nearly all of it for making instances and reading them again.
    """
    fields = [model._meta.get_field(name) for name in names]
    others = [
        field for field in model._meta.concrete_fields if field not in fields and not isinstance(field, AutoField)
    ]
    defaults = [_stored(field, field.get_default()) for field in others]
    with connection.cursor() as cursor:
        values = [[*map(_stored, fields, row), *defaults] for row in rows]
        cursor.executemany(_statement(model, [*fields, *others]), values)


def _statement(model: type[Model], fields: Sequence[Any]) -> str:
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in fields)
    values = ", ".join(["%s"] * len(fields))
    return f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({values})"  # noqa: S608  (names of ours alone)


def _stored(field: Any, value: Any) -> Any:
    return field.get_db_prep_save(value, connection)
