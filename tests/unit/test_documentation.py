"""What is written for people is true."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

PROJECT = Path(__file__).resolve().parents[2]
SETTING = re.compile(r'(?:env(?:\.\w+)?|positive|one_of|web_address|interval)\(\s*"([A-Z_]+)"')
OURS_ALONE = "PROGMETAL_"


def settings_read() -> Iterator[str]:
    source = (PROJECT / "progmetal" / "settings.py").read_text()
    return (name for name in SETTING.findall(source) if not name.startswith(OURS_ALONE))


def read(name: str) -> str:
    return (PROJECT / name).read_text()


def test_every_setting_has_its_row_in_the_readme() -> None:
    assert set(re.findall(r"^\| `([A-Z_]+)` \|", read("README.md"), re.MULTILINE)) == set(settings_read())


def test_every_setting_is_in_the_example_file() -> None:
    assert set(re.findall(r"^#([A-Z_]+)=", read(".env.example"), re.MULTILINE)) == set(settings_read())


def named_tests(document: Path) -> set[str]:
    """Return the tests that a document names: a file, or with `::` a test or class of one."""
    return set(re.findall(r"tests/[\w/]+\.py(?:::\w+)*", document.read_text()))


def exists(test: str) -> bool:
    file, *names = test.split("::")
    if not (PROJECT / file).exists():
        return False
    body = ast.parse(read(file)).body
    for name in names:
        found = [node for node in body if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == name]
        if not found:
            return False
        body = found[0].body
    return True


def test_every_test_that_the_documents_name_exists() -> None:
    documents = (PROJECT / "README.md", *(PROJECT / "docs").glob("*.md"))
    named = {test for document in documents for test in named_tests(document)}
    assert [test for test in sorted(named) if not exists(test)] == []


def test_every_promise_of_security_names_its_test() -> None:
    rows = re.findall(r"^\| (?!promise|---)(.+) \| (.+) \|$", read("docs/security.md"), re.MULTILINE)
    assert len(rows) > 20
    assert [promise for promise, held_by in rows if not re.search(r"tests/\S+::test_\w+`", held_by)] == []


def test_the_doctor_is_the_first_to_be_asked_after_the_settings() -> None:
    after_the_settings = read("README.md").partition("Copy `.env.example` to `.env`.")[2]
    commands = re.findall(r"manage\.py (\w+)", after_the_settings)
    assert commands[:2] == ["migrate", "doctor"]


def test_the_changelog_has_a_heading_for_this_version() -> None:
    version = tomllib.loads(read("pyproject.toml"))["project"]["version"]
    assert f"\n## [{version}]" in read("CHANGELOG.md")


@pytest.mark.parametrize("name", ["base", "dev"])
def test_pinned_packages_name_no_place_to_fetch_them_from(name: str) -> None:
    pinned = read(f"requirements/{name}.txt")
    assert "://" not in pinned
    assert not re.search(r"^\s*-(?!-hash=)", pinned, re.MULTILINE)


def test_people_and_make_are_told_the_versions_of_python_that_fit() -> None:
    fit = SpecifierSet(tomllib.loads(read("pyproject.toml"))["project"]["requires-python"])
    *others, newest = [version for version in (f"3.{minor}" for minor in range(99)) if version in fit]
    named = f"Python {', '.join(others)} or {newest}"
    assert named in read("README.md")
    assert named in read("Makefile")
    assert " ".join(f"python{version}" for version in (newest, *reversed(others))) in read("Makefile")


def names(requirements: list[str]) -> set[str]:
    return {requirement.name.lower() for requirement in map(Requirement, requirements)}


def pinned_names(name: str) -> set[str]:
    return set(re.findall(r"^([\w-]+)==", read(f"requirements/{name}.txt"), re.MULTILINE))


def test_every_package_asked_for_is_pinned() -> None:
    project = tomllib.loads(read("pyproject.toml"))["project"]
    needed = names(project["dependencies"])
    assert needed <= pinned_names("base")
    assert needed | names(project["optional-dependencies"]["dev"]) <= pinned_names("dev")
