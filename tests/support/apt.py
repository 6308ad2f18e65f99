"""Debian's packages, which root can install."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence


def can_install() -> bool:
    """Need root and apt-get."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(packages: Sequence[str]) -> bool:
    """Install packages and return whether that worked; all output goes to stderr."""
    print(f"Installing from Debian: {' '.join(packages)}", file=sys.stderr, flush=True)
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    commands = (["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", *packages])
    return all(subprocess.run(command, env=env, stdout=sys.stderr, check=False).returncode == 0 for command in commands)
