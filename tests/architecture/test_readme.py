"""README and CONTRIBUTING name what is there (`make docs` writes the help text)."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from bench.__main__ import PARTS
from coterie.testing.readme_help import help_text, with_help
from tests.architecture.repository import ROOT, tracked_files

PAGES = [path for path in tracked_files() if path.suffix == ".md" and path.is_relative_to(ROOT)]
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_readme_shows_the_help_as_it_is() -> None:
    page = read("README.md")
    assert page == with_help(page, help_text())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    targets = LINK.findall(page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "SECURITY.md", ".ci/run"])
def test_every_make_target_that_is_named_exists(name: str) -> None:
    named = set(re.findall(r"(?:^\s*|`)make ([a-z-]+)", read(name), re.MULTILINE))
    known = set(re.findall(r"^([a-z-]+):.*## ", read("Makefile"), re.MULTILINE))
    assert named
    assert named <= known | {"alone"}


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "docs/architecture.md"])
def test_every_folder_of_the_plan_that_is_named_exists(name: str) -> None:
    text = read(name)
    if name == "CONTRIBUTING.md":
        folders = re.findall(r"`(src/coterie/[\w/]+)`", text)
    else:
        folders = [f"src/coterie/{folder}" for folder in re.findall(r"^\| `([a-z_/]+)` \|", text, re.MULTILINE)]
    assert len(folders) > 8
    assert [folder for folder in folders if not (ROOT / folder).is_dir()] == []


@pytest.mark.parametrize(
    "command", re.findall(r"^    \.venv/bin/pytest (.*?tests/.*?) *(?:#.*)?$", read("CONTRIBUTING.md"), re.MULTILINE)
)
def test_every_way_to_run_one_thing_finds_a_test(command: str) -> None:
    arguments = [sys.executable, "-m", "pytest", "--collect-only", "-q", *shlex.split(command)]
    assert subprocess.run(arguments, cwd=ROOT, capture_output=True, check=False).returncode == 0


def test_the_part_of_the_bench_that_is_named_exists() -> None:
    named = re.findall(r"--only ([\w.-]+)", read("CONTRIBUTING.md"))
    assert named
    assert set(named) <= set(PARTS)


def test_every_folder_of_the_package_is_in_the_plan() -> None:
    plan = read("docs/architecture.md")
    for package in sorted((ROOT / "src" / "coterie").glob("*/__init__.py")):
        for folder in [package.parent, *(child.parent for child in package.parent.glob("*/__init__.py"))]:
            name = folder.relative_to(ROOT / "src" / "coterie").as_posix()
            assert name in {"core", "adapters"} or f"`{name}" in plan or "/" not in name, name
