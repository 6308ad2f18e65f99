"""Find a Chromium for the browser tests, or install one: `python -m tests.support.chromium`."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import sync_playwright

COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
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
    """Return the first Chromium that starts."""
    return next((path for path in _candidates() if _starts(path)), None)


def ensure_chromium() -> Path:
    """Find a Chromium or install one."""
    found = find_chromium()
    if found:
        return found
    for command in _installations():
        _say(f"No Chromium found; running: {' '.join(command)}")
        # What it prints goes to stderr, because stdout is for the path alone.
        done = subprocess.run(command, stdout=sys.stderr, check=False)
        found = find_chromium() if done.returncode == 0 else None
        if found:
            return found
    raise NoChromiumError(
        "The browser tests need Chromium, and it could not be installed here. "
        "Install the package chromium, or set CHROMIUM to the path of a Chromium or Chrome."
    )


def _candidates() -> Iterator[Path]:
    if chosen := os.environ.get("CHROMIUM"):
        yield Path(chosen)
        return
    yield from (Path(found) for command in COMMANDS if (found := shutil.which(command)))
    with sync_playwright() as playwright:
        yield Path(playwright.chromium.executable_path)


def _starts(path: Path) -> bool:
    if not path.is_file():
        return False
    # Ubuntu's package of that name is a stub that only asks for a snap.
    return subprocess.run([path, "--version"], capture_output=True, check=False).returncode == 0


def _installations() -> Iterator[list[str]]:
    if os.environ.get("CHROMIUM"):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        install = "apt-get update && apt-get install -y --no-install-recommends chromium"
        yield ["env", "DEBIAN_FRONTEND=noninteractive", "sh", "-c", install]
    yield [sys.executable, "-m", "playwright", "install", "chromium"]


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
