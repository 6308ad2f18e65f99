"""Find a Chromium for the browser tests, or install one: `python -m tests.support.chromium`."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.support import apt

# Debian's package of a Chromium without windows, which needs half the time of the whole one.
HEADLESS_SHELL = "chromium-headless-shell"
COMMANDS = (HEADLESS_SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BACKGROUND_OFF = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


class NoChromiumError(Exception):
    """There is no Chromium here and none could be installed."""


def launch_arguments() -> list[str]:
    """Name the flags for a Chromium that talks to nobody but the site under test."""
    # Chromium refuses to run its sandbox as root.
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return [*BACKGROUND_OFF, *sandbox]


def find_chromium() -> Path | None:
    """Return the first Chromium that starts, Playwright's own last."""
    found = installed_chromium()
    return found if found or _is_chosen() else _playwrights_chromium()


def installed_chromium() -> Path | None:
    """Return a Chromium that starts, the chosen one or the system's, without asking Playwright."""
    return next((path for path in _candidates() if _starts(path)), None)


def ensure_chromium() -> Path:
    """Find a Chromium or install one."""
    found = find_chromium()
    if found:
        return found
    for install in () if _is_chosen() else (_install_package, _download):
        found = find_chromium() if install() else None
        if found:
            return found
    raise NoChromiumError(
        "The browser tests need Chromium, and it could not be installed here. "
        f"Install the package {HEADLESS_SHELL}, or set CHROMIUM to the path of a Chromium or Chrome."
    )


def _is_chosen() -> bool:
    return bool(os.environ.get("CHROMIUM"))


def _candidates() -> Iterator[Path]:
    if _is_chosen():
        yield Path(os.environ["CHROMIUM"])
        return
    yield from (Path(found) for command in COMMANDS if (found := shutil.which(command)))


def _playwrights_chromium() -> Path | None:
    # Imported here because `tests.support.machine` runs before Playwright is installed.
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return path if _starts(path) else None


def _starts(path: Path) -> bool:
    if not path.is_file():
        return False
    # Ubuntu's package of that name is a stub that only asks for a snap.
    return subprocess.run([path, "--version"], capture_output=True, check=False).returncode == 0


def _install_package() -> bool:
    return apt.can_install() and apt.install([HEADLESS_SHELL])


def _download() -> bool:
    _say("No Chromium found; Playwright downloads one")
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    # What it prints goes to stderr, because stdout is for the path alone.
    return subprocess.run(command, stdout=sys.stderr, check=False).returncode == 0


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def main() -> int:
    """Print the path of a Chromium."""
    try:
        print(ensure_chromium())
    except NoChromiumError as error:
        _say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
