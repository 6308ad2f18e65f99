"""Who may start a sync, how often, and from where."""

import math
from datetime import timedelta
from ipaddress import ip_address

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils import timezone

from catalog.models import SyncOperation


def is_staff(request: HttpRequest) -> bool:
    """Tell whether the visitor is logged in as staff; a visitor without a session costs no query."""
    return isinstance(request.user, User) and request.user.is_staff


def may_sync(request: HttpRequest) -> bool:
    """Tell whether SYNC_ACCESS lets this visitor start and cancel syncs."""
    return settings.SYNC_ACCESS == "everyone" or is_staff(request)


def seconds_to_cool_down(request: HttpRequest) -> int:
    """Return for how long the public has to wait after the last run; staff never has to."""
    if not settings.SYNC_COOLDOWN_SECONDS or is_staff(request):
        return 0
    last = SyncOperation.objects.exclude(completed_at=None).order_by("-completed_at").first()
    if last is None or last.completed_at is None:
        return 0
    cooled_down = last.completed_at + timedelta(seconds=settings.SYNC_COOLDOWN_SECONDS)
    return max(0, math.ceil((cooled_down - timezone.now()).total_seconds()))


def client_ip(request: HttpRequest) -> str | None:
    """Return the visitor's address, or None where it cannot be told.

    Anybody can send X-Forwarded-For. So only as many of its last entries are believed as
    there are proxies of ours before the site (TRUSTED_PROXIES).
    """
    hops = [request.META.get("REMOTE_ADDR", "")]
    if settings.TRUSTED_PROXIES:
        hops = [*request.META.get("HTTP_X_FORWARDED_FOR", "").split(","), *hops]
    try:
        return str(ip_address(hops[-1 - settings.TRUSTED_PROXIES].strip()))
    except (IndexError, ValueError):
        # Fewer proxies passed it on than there should be, or what they say is no address.
        return None
