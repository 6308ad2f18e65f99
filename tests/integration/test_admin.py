"""The admin: everything can be looked at, and nothing that only a sync writes can be changed."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalog.models import AlbumChange, RowIssue, SpotifyAlbum, SpotifyPause, SyncOperation, VocalStyle
from catalog.vocabulary.issues import IssueKind
from tests.support.factories import make_album, make_held_back, make_operation, make_record

MODELS = [model for model in apps.get_app_config("catalog").get_models() if admin.site.is_registered(model)]


@pytest.fixture(autouse=True)
def rows(db: None) -> None:
    """Make one row of each kind."""
    spotify = SpotifyAlbum.objects.create(spotify_id="0" * 22, name="Salt Meridian")
    album = make_album(genres=["Djent"], spotify=spotify)
    VocalStyle.objects.create(name="Clean", slug="clean")
    record = make_record()
    AlbumChange.objects.create(record=record, album=album, kind=AlbumChange.Kind.CREATED)
    RowIssue.objects.create(record=record, tab="2025 Prog-metal", row=7, kind=IssueKind.NO_LINK)
    make_held_back(record, items=[[album.pk, ""]])
    SpotifyPause.objects.create(until=timezone.now(), reason=SpotifyPause.Reason.QUOTA)


def address(model: type[Model], page: str, *arguments: object) -> str:
    """Return the address of one of a model's admin pages."""
    return reverse(f"admin:catalog_{model._meta.model_name}_{page}", args=arguments)


@pytest.mark.parametrize("model", MODELS)
def test_every_list_opens(admin_client: Client, model: type[Model]) -> None:
    response = admin_client.get(address(model, "changelist"), {"q": "salt"})
    assert response.status_code == 200


@pytest.mark.parametrize("model", MODELS)
def test_every_row_opens(admin_client: Client, model: type[Model]) -> None:
    row = model._default_manager.first()
    assert row is not None
    assert admin_client.get(address(model, "change", row.pk)).status_code == 200


@pytest.mark.parametrize("model", [model for model in MODELS if model.__name__ != "Genre"])
def test_nothing_can_be_added_or_changed(admin_client: Client, model: type[Model]) -> None:
    row = model._default_manager.first()
    assert row is not None
    assert admin_client.get(address(model, "add")).status_code == 403
    assert admin_client.post(address(model, "change", row.pk), {"status": "failed"}).status_code == 403


@pytest.mark.parametrize("model", [model for model in MODELS if model is not SpotifyPause])
def test_nothing_but_a_pause_can_be_deleted(admin_client: Client, model: type[Model]) -> None:
    row = model._default_manager.first()
    assert row is not None
    assert admin_client.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert model._default_manager.filter(pk=row.pk).exists()


def test_a_pause_can_be_ended(admin_client: Client) -> None:
    pause = SpotifyPause.objects.get()
    admin_client.post(address(SpotifyPause, "delete", pause.pk), {"post": "yes"})
    assert not SpotifyPause.objects.exists()


def test_the_lease_of_a_run_is_not_shown(admin_client: Client) -> None:
    operation = make_operation(SyncOperation.Status.RUNNING)
    response = admin_client.get(address(SyncOperation, "change", operation.pk))
    assert operation.lease not in response.content.decode()
