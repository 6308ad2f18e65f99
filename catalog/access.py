"""Who may start a sync, how often, and from which address."""

import math
from ipaddress import ip_address

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest

from catalog.models import SyncOperation
from catalog.models.sync import AHEAD_AFTER_SECONDS


def is_staff(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.is_staff


def may_sync(request: HttpRequest) -> bool:
    return settings.SYNC_ACCESS == "everyone" or is_staff(request)


def seconds_to_cool_down(request: HttpRequest) -> int:
    """Only a run that completed keeps anybody waiting, and never staff."""
    if not settings.SYNC_COOLDOWN_SECONDS or is_staff(request):
        return 0
    last = SyncOperation.objects.current().with_clock().first()
    if last is None or last.status != SyncOperation.Status.COMPLETED:
        return 0
    seconds = last.seconds_since_end()
    # An end in the future was written before a clock was set back, and says nothing.
    is_cooling_down = -AHEAD_AFTER_SECONDS < seconds < settings.SYNC_COOLDOWN_SECONDS
    return math.ceil(settings.SYNC_COOLDOWN_SECONDS - seconds) if is_cooling_down else 0


def client_ip(request: HttpRequest) -> str | None:
    """Trust only the last TRUSTED_PROXIES entries of X-Forwarded-For, which our own proxies wrote."""
    hops = [request.META.get("REMOTE_ADDR", "")]
    if settings.TRUSTED_PROXIES:
        hops = [*request.META.get("HTTP_X_FORWARDED_FOR", "").split(","), *hops]
    try:
        return str(ip_address(hops[-1 - settings.TRUSTED_PROXIES].strip()))
    except (IndexError, ValueError):  # Fewer entries than proxies, or no address.
        return None
