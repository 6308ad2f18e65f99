"""Who may start a sync, how often, and from which address."""

import math
from datetime import timedelta
from ipaddress import ip_address

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Max
from django.http import HttpRequest
from django.utils import timezone

from catalog.models import SyncOperation


def is_staff(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.is_staff


def may_sync(request: HttpRequest) -> bool:
    return settings.SYNC_ACCESS == "everyone" or is_staff(request)


def seconds_to_cool_down(request: HttpRequest) -> int:
    if not settings.SYNC_COOLDOWN_SECONDS or is_staff(request):
        return 0
    last_end = SyncOperation.objects.aggregate(last_end=Max("completed_at"))["last_end"]
    if last_end is None:
        return 0
    cooled_down = last_end + timedelta(seconds=settings.SYNC_COOLDOWN_SECONDS)
    return max(0, math.ceil((cooled_down - timezone.now()).total_seconds()))


def client_ip(request: HttpRequest) -> str | None:
    """Trust only the last TRUSTED_PROXIES entries of X-Forwarded-For, which our own proxies wrote."""
    hops = [request.META.get("REMOTE_ADDR", "")]
    if settings.TRUSTED_PROXIES:
        hops = [*request.META.get("HTTP_X_FORWARDED_FOR", "").split(","), *hops]
    try:
        return str(ip_address(hops[-1 - settings.TRUSTED_PROXIES].strip()))
    except (IndexError, ValueError):  # Fewer entries than proxies, or no address.
        return None
