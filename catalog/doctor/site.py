"""Is a worker alive where one is needed, are syncs started when they are due, do the settings of the proxy agree?"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError
from django.http.request import validate_host
from django.utils import timezone

from catalog.doctor.findings import PROXY, SCHEDULE, WORKER, Finding
from catalog.models import SyncOperation, SyncSchedule
from catalog.models.sync import STALE_AFTER_SECONDS
from catalog.presentation.dates import exact_time

THIS_MACHINE = {"localhost", "127.0.0.1", "[::1]"}
START_A_WORKER = "Start one with “python manage.py db_worker”."
# A web server looks every 30 seconds.
OVERDUE_AFTER = timedelta(minutes=2)


# The worker --------------------------------------------------------------------------------


def examine_worker() -> Finding:
    if settings.SYNC_RUNNER != "tasks":
        return Finding(WORKER, ok=True, sentence="None is needed: the web server does the syncs (SYNC_RUNNER=thread).")
    try:
        return _worker_finding()
    except DatabaseError:
        sentence = "Whether a worker is alive is known to the database alone."
        return Finding(WORKER, ok=None, sentence=sentence, remedy="Mend the database first.")


def _worker_finding() -> Finding:
    """Tell from the tasks: a worker that has nothing to do leaves no trace."""
    # Installed with SYNC_RUNNER=tasks alone.
    from django_tasks_db.models import DBTaskResult, DBTaskResultQuerySet  # noqa: PLC0415

    operation = SyncOperation.objects.active().with_clock().exclude(triggered_by=SyncOperation.Trigger.COMMAND).first()
    if operation and operation.status == SyncOperation.Status.RUNNING and not operation.is_stale():
        return Finding(WORKER, ok=True, sentence=f"A worker is doing sync {operation.pk}.")
    tasks: DBTaskResultQuerySet = DBTaskResultQuerySet(DBTaskResult)
    long_ago = timezone.now() - timedelta(seconds=STALE_AFTER_SECONDS)
    waiting = tasks.ready().filter(enqueued_at__lt=long_ago).order_by("enqueued_at").first()
    if waiting:
        sentence = f"A sync has waited for a worker since {exact_time(waiting.enqueued_at)}."
        return Finding(WORKER, ok=False, sentence=sentence, remedy=START_A_WORKER)
    last = tasks.finished().order_by("-finished_at").first()
    done = f"one last ended a sync on {exact_time(last.finished_at)}" if last else "none has ended a sync yet"
    sentence = f"A worker that waits for work leaves no sign of life; {done}."
    return Finding(WORKER, ok=None, sentence=sentence, remedy="Press Sync Now: if it waits for a worker, start one.")


# The schedule ------------------------------------------------------------------------------


def examine_schedule() -> Finding:
    if not settings.SYNC_EVERY:
        sentence = "No sync starts at a set time (SYNC_EVERY is off)."
        return Finding(SCHEDULE, ok=True, sentence=sentence)
    try:
        return _schedule_finding()
    except DatabaseError:
        sentence = "When the next sync is due is known to the database alone."
        return Finding(SCHEDULE, ok=None, sentence=sentence, remedy="Mend the database first.")


def _schedule_finding() -> Finding:
    """Tell from the time that the web server moves on with each sync that it starts."""
    schedule = SyncSchedule.objects.first()
    if schedule is None:
        sentence = "SYNC_EVERY is set, and no web server has planned a sync yet."
        return Finding(SCHEDULE, ok=None, sentence=sentence, remedy="Start the web server; it plans the first one.")
    due = exact_time(schedule.next_at)
    if SyncSchedule.clock() - schedule.next_at > OVERDUE_AFTER:
        sentence = f"A sync was due on {due}, and no web server has started it."
        return Finding(SCHEDULE, ok=False, sentence=sentence, remedy="Start the web server, with SYNC_EVERY set.")
    return Finding(SCHEDULE, ok=True, sentence=f"The next sync is due on {due}.")


# The proxy ---------------------------------------------------------------------------------


def examine_proxy(headers: Mapping[str, str] | None) -> Iterator[Finding]:
    """Compare the settings with one another, and with the headers of a request where there is one."""
    conflicts = [*_hosts(), *_schemes(), *(_headers(headers) if headers is not None else ())]
    for sentence, remedy in conflicts:
        yield Finding(PROXY, ok=False, sentence=sentence, remedy=remedy)
    if not conflicts:
        yield _agreement()


def _agreement() -> Finding:
    hosts = ", ".join(_public_hosts())
    if not hosts:
        return Finding(PROXY, ok=True, sentence="The site answers on this machine alone, and needs no proxy.")
    if settings.HTTPS:
        proxies = "one proxy" if settings.TRUSTED_PROXIES == 1 else f"{settings.TRUSTED_PROXIES} proxies"
        return Finding(PROXY, ok=True, sentence=f"The site answers to {hosts} through TLS, behind {proxies}.")
    sentence = f"The site answers to {hosts}, and HTTPS is off, so passwords may travel in the clear."
    return Finding(PROXY, ok=None, sentence=sentence, remedy="Set HTTPS=on if visitors reach the site through TLS.")


def _public_hosts() -> list[str]:
    return [host for host in settings.ALLOWED_HOSTS if host not in THIS_MACHINE]


def _hosts() -> Iterator[tuple[str, str]]:
    if settings.HTTPS and not _public_hosts():
        yield "HTTPS is on, but ALLOWED_HOSTS names this machine alone.", "Add the site's name to ALLOWED_HOSTS."
    for trusted in settings.CSRF_TRUSTED_ORIGINS:
        host = urlsplit(trusted).hostname or ""
        # A pattern of both settings: "https://*.example.org" and ".example.org".
        if not validate_host(host.replace("*", "any"), settings.ALLOWED_HOSTS):
            sentence = f"CSRF_TRUSTED_ORIGINS names {host}, to which ALLOWED_HOSTS does not let the site answer."
            yield sentence, f"Add {host.removeprefix('*')} to ALLOWED_HOSTS, or remove {trusted}."


def _schemes() -> Iterator[tuple[str, str]]:
    schemes = {urlsplit(trusted).scheme for trusted in settings.CSRF_TRUSTED_ORIGINS}
    if settings.HTTPS and not settings.TRUSTED_PROXIES:
        yield (
            "HTTPS is on, but no proxy is trusted to say that a visitor came through TLS, so every page redirects.",
            "Set TRUSTED_PROXIES to the number of your proxies.",
        )
    if settings.HTTPS and "http" in schemes:
        yield "HTTPS is on, but CSRF_TRUSTED_ORIGINS names an address of http.", "Write it with https."
    if not settings.HTTPS and "https" in schemes:
        yield "CSRF_TRUSTED_ORIGINS names an address of https, but HTTPS is off.", "Set HTTPS=on."


def _headers(headers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    hops = [hop for hop in headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    trusted = settings.TRUSTED_PROXIES
    if hops and not trusted:
        yield (
            "This request came through a proxy, but TRUSTED_PROXIES is 0.",
            "Set TRUSTED_PROXIES to the number of your proxies.",
        )
    if len(hops) < trusted:
        yield (
            f"TRUSTED_PROXIES is {trusted}, but this request names {len(hops)} in X-Forwarded-For.",
            "Let each proxy add to X-Forwarded-For, or lower TRUSTED_PROXIES.",
        )
    if headers.get("X-Forwarded-Proto") == "https" and not settings.HTTPS:
        yield "This request came through TLS, but HTTPS is off.", "Set HTTPS=on."
