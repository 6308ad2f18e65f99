"""Sheets that were read one after the other, and going back to one of them."""

import zipfile
from collections.abc import Callable
from io import BytesIO
from typing import Any

from django.test import Client

from catalog.models import Album, SyncOperation, SyncRecord, Workbook
from tests.support.fragments import BROWSER
from tests.support.sheets import release_sheet

GO_ON = "/catalog/sync/go-on/"

ReadSheet = Callable[..., SyncRecord]


def sheet(*titles: str, blob: bytes = b"") -> bytes:
    """Return a workbook of these albums; the blob is a picture in it, which no import reads."""
    workbook = BytesIO(release_sheet(*({"Album": title, "Spotify": None} for title in titles)))
    if blob:
        with zipfile.ZipFile(workbook, "a") as archive:
            archive.writestr("xl/media/image1.png", blob)
    return workbook.getvalue()


def exported_again(workbook: bytes) -> bytes:
    """Return the workbook as a later export has it: the time within it is another one."""
    later = BytesIO()
    with zipfile.ZipFile(BytesIO(workbook)) as old, zipfile.ZipFile(later, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name, (2025, 11, 12, 10, 0, 0)), old.read(name), zipfile.ZIP_DEFLATED)
    return later.getvalue()


def titles() -> set[str]:
    return set(Album.objects.visible().values_list("title", flat=True))


def address(workbook: Workbook, rest: str = "") -> str:
    return f"/catalog/undo/{workbook.pk}/{rest}"


def newest() -> SyncOperation:
    return SyncOperation.objects.order_by("-pk")[0]


def oldest_sheet() -> Workbook:
    return Workbook.objects.order_by("pk")[0]


def go_back(client: Client, workbook: Workbook) -> Any:
    """Confirm a preview of just now."""
    return client.post(address(workbook, "start/"), {"after": newest().pk}, headers=BROWSER)
