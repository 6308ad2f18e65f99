"""The one list of columns is whole: whatever a release says is imported, compared and exported by it."""

from dataclasses import fields

from catalog.models import Album
from catalog.services.sheet.releases import DERIVED, Release
from catalog.vocabulary.columns import COLUMNS

BY_THE_SYNC = {"id", "artist_key", "title_key", "fingerprint", "withdrawn_at", "imported_at", "updated_at"}


def test_each_field_of_a_release_is_a_column() -> None:
    assert {field.name for field in fields(Release)} == {column.name for column in COLUMNS}


def test_each_column_of_an_album_comes_from_the_list_a_rule_or_the_sync() -> None:
    model = {field.name for field in (*Album._meta.concrete_fields, *Album._meta.many_to_many)}
    assert model == {column.field for column in COLUMNS} | set(DERIVED) | BY_THE_SYNC
