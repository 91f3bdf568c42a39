"""The selection is what its README says it is, and comes from the full files where those are present."""

import hashlib
import re
from pathlib import Path

import pytest

DATA = Path(__file__).parent / "data"
ROW = re.compile(r"^\| `([\w./-]+\.json)` \| `([0-9a-f]{64})` \| `([0-9a-f]{64})` \|$", re.MULTILINE)
OWN_ROW = re.compile(r"^\| `([\w./-]+\.json)` \| `([0-9a-f]{64})` \|$", re.MULTILINE)
README = (DATA / "README.md").read_text("utf-8")
ROWS = ROW.findall(README)
OWN_ROWS = OWN_ROW.findall(README)


@pytest.mark.parametrize(("name", "origin", "selection"), ROWS, ids=[row[0] for row in ROWS])
def test_the_selection_has_the_published_hash(name: str, origin: str, selection: str) -> None:
    assert hashlib.sha256((DATA / name).read_bytes()).hexdigest() == selection


@pytest.mark.parametrize(("name", "digest"), OWN_ROWS, ids=[row[0] for row in OWN_ROWS])
def test_a_file_made_here_has_the_published_hash(name: str, digest: str) -> None:
    assert hashlib.sha256((DATA / name).read_bytes()).hexdigest() == digest


def test_every_file_has_a_row() -> None:
    kept = {
        path.relative_to(DATA).as_posix()
        for folder in ("wycheproof", "cctv", "hpke")
        for path in (DATA / folder).glob("*.json")
    }
    assert kept == {name for name, _, _ in ROWS if name.split("/")[0] in ("wycheproof", "cctv", "hpke")}
