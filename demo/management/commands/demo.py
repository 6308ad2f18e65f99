"""`manage.py demo`: serves the site with the real services where they are set, otherwise with sample releases."""

import os
import subprocess
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from demo.launch import HOST, StandInDidNotStart, load_state, port_is_free, start_standin, uses_real_services

# `demo.sqlite3*` is what .gitignore knows.
STATE_FILE = "demo.sqlite3.json"
DATABASE_FILE = "demo.sqlite3"


class Command(BaseCommand):
    """Prepare the database, start the stand-in if needed, and become gunicorn."""

    help = "Serve the catalog, on sample releases unless the sheet and Spotify credentials are set."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="the site's port (default: 8000)")
        parser.add_argument("--albums", type=int, default=240, help="how many sample releases (default: 240)")

    def handle(self, *args: Any, port: int, albums: int, **options: Any) -> None:
        if not port_is_free(port):
            raise CommandError(
                f"Port {port} is taken by another program. "
                f"Choose another one: make run PORT={port + 1}, or manage.py demo --port {port + 1}."
            )
        if albums < 1:
            raise CommandError("--albums must be 1 or more.")
        environment = _environment(port, albums)
        _manage("migrate", environment)
        _manage("collectstatic", environment)
        sys.stdout.flush()
        # exec replaces this process by gunicorn: one process to stop, which gets the signals itself.
        os.chdir(settings.BASE_DIR)
        os.execve(sys.executable, _gunicorn(port), environment)  # noqa: S606  (no shell is needed)


def _environment(port: int, albums: int) -> dict[str, str]:
    state = load_state(settings.BASE_DIR / STATE_FILE)
    environment = {**os.environ, "DEBUG": "False"}
    if uses_real_services(os.environ):
        environment.setdefault("SECRET_KEY", state.secret_key)
        return {**environment, "PROGMETAL_DEMO_GREETING": greeting(port)}
    try:
        addresses = start_standin(folder=settings.BASE_DIR, albums=albums, port=state.standin_port)
    except StandInDidNotStart as error:
        raise CommandError(str(error)) from error
    return {
        **environment,
        **addresses,
        "SECRET_KEY": state.secret_key,
        "ALLOWED_HOSTS": "localhost,127.0.0.1,[::1]",
        "DATABASE_URL": f"sqlite:///{settings.BASE_DIR / DATABASE_FILE}",
        "PROGMETAL_SAMPLE": "1",
        "PROGMETAL_DEMO_GREETING": greeting(port, sample=albums),
    }


def _manage(command: str, environment: dict[str, str]) -> None:
    manage = [sys.executable, str(settings.BASE_DIR / "manage.py"), command]
    done = subprocess.run(  # noqa: S603  (our own command)
        [*manage, "--noinput", "--verbosity", "0"], env=environment, cwd=settings.BASE_DIR, check=False
    )
    if done.returncode:
        raise CommandError(f"{command} failed; what it said stands above.")


def _gunicorn(port: int) -> list[str]:
    config = ["--config", "python:demo.gunicorn", "--bind", f"{HOST}:{port}"]
    return [sys.executable, "-m", "gunicorn", *config, "progmetal.wsgi"]


def greeting(port: int, *, sample: int | None = None) -> str:
    what = f"{sample:,} sample releases are waiting" if sample else "it reads the real sheet and Spotify"
    return f"\nOpen http://{HOST}:{port} and click Sync Now: {what}. Ctrl-C stops it.\n"
