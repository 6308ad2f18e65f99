"""What `manage.py demo` prepares before it serves; this module reads no settings."""

import json
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

HOST = "127.0.0.1"
PACE_SECONDS = 11.0
REAL_SERVICES = ("GOOGLE_SHEETS_XLSX_URL", "SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET")


class StandInDidNotStart(Exception):
    """The stand-in ended before it could serve; its own message is on standard error."""


@dataclass(frozen=True)
class SavedState:
    """What must stay the same from one demo to the next.

    The key, so that users stay logged in; the stand-in's port, because the covers in the database point to it.
    """

    secret_key: str
    standin_port: int


def load_state(path: Path) -> SavedState:
    """Read the file, or create it."""
    if not path.exists():
        state = SavedState(secrets.token_urlsafe(50), _unused_port())
        path.touch(mode=0o600)
        path.write_text(json.dumps(asdict(state)))
    return SavedState(**json.loads(path.read_text()))


def uses_real_services(environ: Mapping[str, str]) -> bool:
    return all(environ.get(name) for name in REAL_SERVICES)


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do, so that closing connections of an earlier run do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return _can_bind(probe, port)


def _can_bind(probe: socket.socket, port: int) -> bool:
    try:
        probe.bind((HOST, port))
    except OSError:
        return False
    return True


def _unused_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def start_standin(*, folder: Path, albums: int, port: int) -> dict[str, str]:
    """Start the stand-in as a child process, and return the settings that lead to it.

    It ends with this process, even when that is killed: its standard input is a pipe that is closed then.
    """
    arguments = ["--albums", str(albums), "--port", str(port if port_is_free(port) else 0)]
    reading, writing = os.pipe()
    # The writing end must stay open when this process becomes the server.
    os.set_inheritable(writing, True)
    child = subprocess.Popen(  # noqa: S603  (our own module)
        [sys.executable, "-m", "demo", *arguments, "--pace", str(PACE_SECONDS)],
        cwd=folder,
        stdin=reading,
        stdout=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C goes to the server only; the stand-in ends after it.
    )
    os.close(reading)
    assert child.stdout is not None  # noqa: S101  (it is a pipe)
    line = child.stdout.readline()
    if not line:
        raise StandInDidNotStart("The stand-in for Google Sheets and Spotify did not start.")
    settings: dict[str, str] = json.loads(line)
    return settings
