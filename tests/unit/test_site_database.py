"""The list of tables that tests and the soak empty."""

from django.apps import apps

from tests.support.site_database import TABLES


def test_every_table_of_the_app_is_emptied() -> None:
    models = apps.get_app_config("catalog").get_models(include_auto_created=True)
    assert sorted(TABLES) == sorted(model._meta.db_table for model in models)
