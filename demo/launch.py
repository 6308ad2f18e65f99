"""What `manage.py demo` needs to know before it serves; it reads no settings."""

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
    """The stand-in ended before it could serve; its own words stand on standard error."""


@dataclass(frozen=True)
class Memory:
    """What one demo passes on to the next.

    The key keeps visitors logged in, and the covers in the database point to the stand-in's port.
    """

    secret_key: str
    standin_port: int


def remembered(path: Path) -> Memory:
    """Read the memory of this folder, and begin it where there is none."""
    if not path.exists():
        memory = Memory(secrets.token_urlsafe(50), _unused_port())
        path.touch(mode=0o600)
        path.write_text(json.dumps(asdict(memory)))
    return Memory(**json.loads(path.read_text()))


def uses_real_services(environ: Mapping[str, str]) -> bool:
    """Tell whether sheet and credentials are all set."""
    return all(environ.get(name) for name in REAL_SERVICES)


def port_is_free(port: int) -> bool:
    """Tell whether a server could listen there."""
    with socket.socket() as probe:
        # As servers do: connections of an earlier run that still linger are no obstacle.
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
    """Start the stand-in beside this process, and return the settings that lead to it.

    It ends with this process, even one killed without notice: its standard input is a pipe that
    nobody writes to and that closes when its other end is gone.
    """
    arguments = ["--albums", str(albums), "--port", str(port if port_is_free(port) else 0)]
    reading, writing = os.pipe()
    # The end that keeps the stand-in alive has to survive the exec of the server.
    os.set_inheritable(writing, True)
    child = subprocess.Popen(  # noqa: S603  (our own module)
        [sys.executable, "-m", "demo", *arguments, "--pace", str(PACE_SECONDS)],
        cwd=folder,
        stdin=reading,
        stdout=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for the server; the stand-in follows it.
    )
    os.close(reading)
    assert child.stdout is not None  # noqa: S101  (it is a pipe)
    line = child.stdout.readline()
    if not line:
        raise StandInDidNotStart("The stand-in for Google Sheets and Spotify did not start.")
    settings: dict[str, str] = json.loads(line)
    return settings
