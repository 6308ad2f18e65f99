"""Answers for load balancers, orchestrators and monitors."""

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from catalog.doctor.database import pending_migrations
from catalog.monitoring import exposition


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  (Django's signature)
    return _plain("ok")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  (Django's signature)
    """Answer 200 once the database is reachable and migrated, otherwise 503."""
    try:
        pending = pending_migrations()
    except DatabaseError:
        return _plain("The database cannot be reached.", status=503)
    if pending:
        return _plain("The database waits for `manage.py migrate`.", status=503)
    return _plain("ok")


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  (Django's signature)
    """Return Prometheus metrics; the reverse proxy decides who may read them."""
    return HttpResponse(exposition(), content_type=CONTENT_TYPE_LATEST)


def _plain(text: str, *, status: int = 200) -> HttpResponse:
    return HttpResponse(f"{text}\n", content_type="text/plain; charset=utf-8", status=status)
