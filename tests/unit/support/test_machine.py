"""`make test` says first what it lacks, and installs it where it may."""

import ctypes
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import machine
from tests.support.chromium import find_chromium
from tests.support.environment import clean_environment

PROJECT = Path(__file__).resolve().parents[3]
ALL_PACKAGES = "python3-venv libatomic1 chromium-headless-shell"
PARTS = ("ensurepip", "libatomic.so.1", "libnss3.so")


class Machine:
    """A Linux with nothing but Python; a file in `parts` stands for each library that is installed."""

    def __init__(self, folder: Path) -> None:
        self.commands, self.parts, self.log = folder / "bin", folder / "parts", folder / "apt.log"
        self.commands.mkdir()
        self.parts.mkdir()
        self.log.touch()

    def add_parts(self, *names: str) -> None:
        for name in names:
            (self.parts / name).touch()

    def add_command(self, name: str, script: str = "") -> Path:
        path = self.commands / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    def add_apt(self, *, installs: bool) -> None:
        parts = [f': > "{self.parts / name}"' for name in PARTS]
        self.add_command("apt-get", "\n".join([f'echo "$*" >> "{self.log}"', *parts]) if installs else "exit 100")

    def become(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def load(name: str) -> None:
            if not (self.parts / name).exists():
                raise OSError(name)

        monkeypatch.setattr(sys, "platform", "linux")
        monkeypatch.setattr(ctypes, "CDLL", load)
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: (self.parts / name).exists() or None)
        monkeypatch.setattr(machine, "PROJECT", self.parts)
        monkeypatch.setenv("PATH", str(self.commands))
        monkeypatch.delenv("CHROMIUM", raising=False)


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Let this process see a machine with nothing but Python."""
    made = Machine(tmp_path)
    made.become(monkeypatch)
    return made


@pytest.fixture
def user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)


def test_a_user_is_told_in_one_line_all_that_is_missing(bare: Machine, user: None) -> None:
    bare.add_apt(installs=True)
    with pytest.raises(machine.MissingPackagesError) as raised:
        machine.ensure_packages()
    assert str(raised.value).endswith(f"apt-get install {ALL_PACKAGES}")
    assert "\n" not in str(raised.value)
    assert bare.log.read_text() == ""


def test_root_gets_all_that_is_missing_installed(bare: Machine, root: None) -> None:
    bare.add_apt(installs=True)
    machine.ensure_packages()
    assert bare.log.read_text().splitlines() == ["update", f"install -y --no-install-recommends {ALL_PACKAGES}"]


def test_root_is_told_what_could_not_be_installed(bare: Machine, root: None) -> None:
    bare.add_apt(installs=False)
    with pytest.raises(machine.MissingPackagesError, match=f"apt-get install {ALL_PACKAGES}$"):
        machine.ensure_packages()


def test_root_without_apt_is_told_what_is_missing(bare: Machine, root: None) -> None:
    with pytest.raises(machine.MissingPackagesError, match=f"apt-get install {ALL_PACKAGES}$"):
        machine.ensure_packages()


def test_nothing_is_installed_where_nothing_is_missing(bare: Machine, root: None) -> None:
    bare.add_apt(installs=True)
    bare.add_parts(*PARTS)
    machine.ensure_packages()
    assert bare.log.read_text() == ""


@pytest.mark.parametrize(
    ("part", "package"),
    [("ensurepip", "python3-venv"), ("libatomic.so.1", "libatomic1"), ("libnss3.so", "chromium-headless-shell")],
)
def test_only_what_is_missing_is_named(bare: Machine, part: str, package: str) -> None:
    bare.add_parts(*(name for name in PARTS if name != part))
    assert machine.missing_packages() == [package]


def test_a_virtual_environment_that_exists_needs_no_package(bare: Machine) -> None:
    bare.add_parts("libatomic.so.1", "libnss3.so")
    pip = bare.parts / ".venv" / "bin" / "pip"
    pip.parent.mkdir(parents=True)
    pip.touch()
    assert machine.missing_packages() == []


def test_a_chromium_of_the_system_needs_no_package_and_no_playwright(
    bare: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare.add_parts("ensurepip", "libatomic.so.1")
    chromium = bare.add_command("chromium")
    # Importing a module that is None in this table fails.
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    assert machine.missing_packages() == []
    assert find_chromium() == chromium


def test_a_chromium_that_does_not_start_does_not_count(bare: Machine) -> None:
    bare.add_parts("ensurepip", "libatomic.so.1")
    bare.add_command("chromium", "exit 1")
    assert machine.missing_packages() == ["chromium-headless-shell"]


def test_the_chosen_chromium_is_the_only_one(bare: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    bare.add_command("chromium")
    chosen = bare.add_command("mine")
    monkeypatch.setenv("CHROMIUM", str(chosen))
    assert find_chromium() == chosen
    chosen.unlink()
    assert find_chromium() is None


def test_the_choice_reaches_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", "/opt/mine")
    assert clean_environment()["CHROMIUM"] == "/opt/mine"


def test_other_systems_are_not_asked_for_packages_of_debian(bare: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    bare.add_parts("ensurepip")
    monkeypatch.setattr(sys, "platform", "darwin")
    assert machine.missing_packages() == []


def test_the_check_runs_without_any_installed_package() -> None:
    without_site_packages = [sys.executable, "-S", "-c", "import tests.support.machine"]
    subprocess.run(without_site_packages, cwd=PROJECT, check=True)
