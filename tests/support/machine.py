"""What this machine lacks for `make test`: `python -m tests.support.machine` installs it or names it.

Runs before there is a virtual environment, so it imports nothing but the standard library.
"""

import ctypes
import importlib.util
import sys
from pathlib import Path

from tests.support import apt
from tests.support.chromium import HEADLESS_SHELL, installed_chromium

PROJECT = Path(__file__).resolve().parents[2]


class MissingPackagesError(Exception):
    """Packages are missing that only root can install."""


def ensure_packages() -> None:
    """Install what is missing, as root; otherwise name it."""
    missing = missing_packages()
    if missing and apt.can_install() and apt.install(missing):
        missing = missing_packages()
    if missing:
        raise MissingPackagesError(
            "make test needs packages that are missing here and that only root can install; "
            f"on Debian, run this first: apt-get install {' '.join(missing)}"
        )


def missing_packages() -> list[str]:
    """Return the names that Debian gives to what is missing."""
    needs = {
        "python3-venv": has_virtual_environment() or can_create_virtual_environment(),
        # The Node that Playwright brings along is linked to it.
        "libatomic1": loads("libatomic.so.1"),
        # Without NSS the Chromium that Playwright downloads does not start either.
        HEADLESS_SHELL: installed_chromium() is not None or loads("libnss3.so"),
    }
    return [package for package, is_here in needs.items() if not is_here]


def has_virtual_environment() -> bool:
    return (PROJECT / ".venv" / "bin" / "pip").exists()


def can_create_virtual_environment() -> bool:
    return importlib.util.find_spec("ensurepip") is not None


def loads(library: str) -> bool:
    """Load a shared library; other systems than Linux bring what these packages hold."""
    if sys.platform != "linux":
        return True
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def main() -> int:
    try:
        ensure_packages()
    except MissingPackagesError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
