"""The state of the catalog, and values that are cached until it changes."""

from collections.abc import Callable
from hashlib import blake2b
from typing import TypeVar, cast

from django.core.cache import cache

from catalog.models import SyncOperation

CACHE_SECONDS = 24 * 3600

Computed = TypeVar("Computed")


def catalog_stamp(operation: SyncOperation | None) -> str:
    """Return what changes when the catalog may have; load the latest operation `with_curated_genres`.

    A run changes albums within a stage, so cached values may lag behind while one is active. An admin may
    merge genres at any time.
    """
    if operation is None:
        return ""
    curated_at = vars(operation)["genres_curated_at"]
    curated = curated_at.timestamp() if curated_at else ""
    return f"{operation.pk}.{operation.status}.{operation.stage}.{curated}"


def cached_for_version(stamp: str, name: str, compute: Callable[[], Computed]) -> Computed:
    key = "catalog:" + blake2b(f"{stamp}:{name}".encode(), digest_size=16).hexdigest()
    return cast("Computed", cache.get_or_set(key, compute, CACHE_SECONDS))
