"""Variables that every template has."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from catalog.access import may_sync


def site(request: HttpRequest) -> dict[str, Any]:
    return {"version": settings.VERSION, "is_sample": settings.SAMPLE, "may_sync": may_sync(request)}
