"""What the catalog page asks the database."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.support.factories import make_album
from tests.support.fragments import make_ended, make_enriching


@pytest.mark.django_db
def test_the_catalog_page_costs_at_most_eight_queries(
    client: Client, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(110):
        make_album(title=f"Album {number}", artist=f"Artist {number}", genres=("Djent", f"Genre {number % 9}"))
    for make_state in (lambda: None, lambda: make_ended("warning"), make_enriching):
        make_state()
        for page_size in (25, 50, 100):
            monkeypatch.setattr("catalog.browsing.index._current", None)
            with django_assert_max_num_queries(8):
                response = client.get("/catalog/", {"page_size": page_size})
            assert response.content.decode().count('<article class="tile">') == page_size
