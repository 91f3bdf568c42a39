"""What is tracked is the same on every machine: no paths of one machine, no addresses of package indexes."""

import re
from pathlib import Path

import pytest

from tests.architecture.repository import ROOT, tracked_files

MACHINE_PATHS = re.compile(r"(?<![\w.$~}/-])/(?:root|home|Users|work|mnt|tmp/(?!coterie-)\w)[/\w]")
INDEX_ADDRESSES = re.compile(r"https?://[^\s\"')]*(?:pypi|pythonhosted|npmjs|/simple\b)", re.IGNORECASE)
INDEX_OPTIONS = re.compile(r"(?:^|\s)(?:--(?:extra-)?index-url|--find-links|-i|-f)[\s=]|file://|https?://")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}(?: \\)?")

TEXTS = [path for path in tracked_files() if path.suffix not in {".json", ".png", ".db", ".bin", ".key"}]


def readable(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def test_there_are_files_to_look_at() -> None:
    assert len(TEXTS) > 50


@pytest.mark.parametrize("pattern", [MACHINE_PATHS, INDEX_ADDRESSES], ids=["machine paths", "index addresses"])
def test_no_tracked_file_knows_one_machine(pattern: re.Pattern[str]) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in TEXTS
        if path != Path(__file__)
        for number, line in enumerate(readable(path).splitlines(), start=1)
        if pattern.search(line)
    ]
    assert found == []


def test_the_patterns_find_what_they_are_for() -> None:
    assert MACHINE_PATHS.search("see /home/someone/project")
    assert MACHINE_PATHS.search('"/root/x"')
    assert not MACHINE_PATHS.search("docs/work/plan and $HOME/home/x and https://example.org/home/x")
    assert INDEX_ADDRESSES.search("--index-url https://mirror.example/simple")


@pytest.mark.parametrize("name", ["run.lock", "dev.lock", "node.lock"])
def test_locks_have_hashes_and_no_addresses(name: str) -> None:
    lines = [line for line in readable(ROOT / "requirements" / name).splitlines() if not line.startswith("#")]
    requirements = [line for line in lines if not line.startswith(" ")]
    assert requirements
    assert all(re.match(r"[a-z0-9-]+==[\w.]+( ; .*)? \\$", line) for line in requirements)
    assert [line for line in lines if INDEX_OPTIONS.search(line)] == []
    assert all(HASH.fullmatch(line.strip()) for line in lines if line.startswith(" "))


def test_npm_locks_have_hashes_and_no_addresses() -> None:
    for path in tracked_files():
        if path.name == "package-lock.json":
            text = readable(path)
            assert '"resolved"' not in text, path
            assert '"integrity"' in text, path


def test_one_program_locks_what_the_other_has() -> None:
    """What runs in tests is what runs for users: dev.lock repeats run.lock line by line."""
    run = readable(ROOT / "requirements" / "run.lock").splitlines()
    dev = set(readable(ROOT / "requirements" / "dev.lock").splitlines())
    assert [line for line in run if line not in dev] == []
