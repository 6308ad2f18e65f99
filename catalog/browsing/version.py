"""Counts that are kept for as long as the catalog stays as it is."""

from collections.abc import Callable
from hashlib import blake2b
from typing import TypeVar

from django.core.cache import cache

KEPT_SECONDS = 24 * 3600

Counted = TypeVar("Counted")


def kept(stamp: str, name: str, count: Callable[[], Counted]) -> Counted:
    """Return what was counted under this name for this state of the catalog, or count it."""
    key = "kept:" + blake2b(f"{stamp}:{name}".encode(), digest_size=16).hexdigest()
    found: Counted | None = cache.get(key)
    if found is None:
        found = count()
        cache.set(key, found, KEPT_SECONDS)
    return found
