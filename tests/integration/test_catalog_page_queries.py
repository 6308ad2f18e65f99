"""What the catalog page asks the database."""

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from catalog.models import SyncOperation
from tests.support.factories import make_album
from tests.support.fragments import make_ended, make_enriching


@pytest.mark.django_db
@pytest.mark.parametrize("page_size", [25, 50, 100])
@pytest.mark.parametrize("make_state", [make_enriching, lambda: make_ended("warning"), lambda: None])
def test_the_catalog_page_costs_at_most_eight_queries(
    client: Client,
    django_assert_max_num_queries: DjangoAssertNumQueries,
    page_size: int,
    make_state: Callable[[], SyncOperation | None],
) -> None:
    for number in range(110):
        make_album(title=f"Album {number}", artist=f"Artist {number}", genres=("Djent", f"Genre {number % 9}"))
    make_state()
    with django_assert_max_num_queries(8):
        response = client.get("/catalog/", {"page_size": page_size})
    assert response.content.decode().count('<article class="tile">') == page_size
