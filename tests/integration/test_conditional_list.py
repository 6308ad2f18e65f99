"""The list page is sent again only when it would read differently."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from catalog.models import SyncOperation
from tests.support.factories import make_album, make_operation, make_record

pytestmark = pytest.mark.django_db
LIST = "/catalog/"


def ask_again(client: Client, url: str = LIST) -> int:
    """Ask as a browser does that has the page; return the status."""
    etag = client.get(url)["ETag"]
    return client.get(url, headers={"If-None-Match": etag}).status_code


@pytest.fixture
def visitor(client: Client) -> Client:
    """Return a client that has the CSRF cookie already."""
    make_album()
    make_record(make_operation(SyncOperation.Status.COMPLETED))
    client.get(LIST)
    return client


def test_an_unchanged_page_is_not_sent_again(visitor: Client) -> None:
    assert ask_again(visitor) == 304
    assert ask_again(visitor, "/catalog/?q=salt&sort=title") == 304


def test_another_address_is_another_page(visitor: Client) -> None:
    etag = visitor.get(LIST)["ETag"]
    assert visitor.get("/catalog/?sort=title", headers={"If-None-Match": etag}).status_code == 200


def test_a_run_since_then_sends_the_page_again(visitor: Client) -> None:
    etag = visitor.get(LIST)["ETag"]
    make_record(make_operation(SyncOperation.Status.COMPLETED))
    assert visitor.get(LIST, headers={"If-None-Match": etag}).status_code == 200


def test_a_page_with_a_run_under_way_is_always_sent(visitor: Client) -> None:
    make_operation(SyncOperation.Status.RUNNING)
    assert "ETag" not in visitor.get(LIST)


def test_a_page_is_sent_again_when_its_relative_time_has_changed(visitor: Client) -> None:
    etag = visitor.get(LIST)["ETag"]
    with time_machine.travel(timezone.now() + timedelta(minutes=5), tick=False):
        assert visitor.get(LIST, headers={"If-None-Match": etag}).status_code == 200


def test_a_dismissed_end_changes_the_page(visitor: Client) -> None:
    etag = visitor.get(LIST)["ETag"]
    visitor.cookies["dismissed_sync"] = str(SyncOperation.objects.get().pk)
    assert visitor.get(LIST, headers={"If-None-Match": etag}).status_code == 200
