"""Judge the sample catalog's list page with Lighthouse: `python -m tests.lighthouse`.

Lighthouse comes from npm (`frontend/package.json`) and drives the system's Chromium, as a
phone and as a desktop. The exit code is 1 where a score is below the least that we accept.
"""

import json
import os
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

from demo.sample import sample_releases
from demo.standin import StandIn
from tests.support.chromium import ensure_chromium, launch_arguments
from tests.support.environment import settings_for
from tests.support.site import PROJECT, Site

LIGHTHOUSE = PROJECT / "frontend" / "node_modules" / ".bin" / "lighthouse"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
DEVICES = {"phone": (), "desktop": ("--preset=desktop",)}
LEAST_SCORE = 95
RELEASES = 240
TIMEOUT_SECONDS = 180


def main() -> int:
    """Sync the sample, print the scores, and tell whether all are good enough."""
    releases = sample_releases(RELEASES, today=datetime.now().astimezone().date())
    with (
        StandIn(releases) as standin,
        tempfile.TemporaryDirectory() as directory,
        Site(directory=Path(directory), env=settings_for(standin) | {"PROGMETAL_SAMPLE": "1"}) as site,
    ):
        site.manage("sync_catalog")
        scores = [score for device in DEVICES for score in _judge(f"{site.url}/catalog/", device)]
    return 0 if min(scores) >= LEAST_SCORE else 1


def _judge(url: str, device: str) -> list[int]:
    report = _report(url, device)
    scores = {name: round(report["categories"][name]["score"] * 100) for name in CATEGORIES}
    sys.stdout.write(f"{device}: {', '.join(f'{name} {score}' for name, score in scores.items())}\n")
    for audit in report["audits"].values():
        if audit["score"] is not None and audit["score"] < 1 and audit["scoreDisplayMode"] == "binary":
            sys.stdout.write(f"  not passed: {audit['title']}\n")
    return list(scores.values())


def _report(url: str, device: str) -> dict[str, Any]:
    flags = " ".join(["--headless=new", *launch_arguments()])
    command = [
        *(str(LIGHTHOUSE), url, "--quiet", "--output=json", f"--only-categories={','.join(CATEGORIES)}"),
        *(f"--chrome-flags={flags}", *DEVICES[device]),
    ]
    env = os.environ | {"CHROME_PATH": str(ensure_chromium())}
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=TIMEOUT_SECONDS, env=env)
    report: dict[str, Any] = json.loads(done.stdout)
    return report


if __name__ == "__main__":
    raise SystemExit(main())
