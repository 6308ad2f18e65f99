"""What every page may show."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, Any]:
    """Tell templates whether the catalog holds invented sample releases."""
    return {"is_sample": settings.SAMPLE}
