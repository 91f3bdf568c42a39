"""docs/security/threat-model.md names every adversary of the catalogue, and only tests that are there."""

import re
from functools import cache

from tests.architecture.repository import ROOT

PAGE = ROOT / "docs" / "security" / "threat-model.md"
ADVERSARIES = 25


@cache
def ids_of_tests() -> frozenset[str]:
    """The catalogue ids in the names of tests: `test_T011_…`, `test_A12_T075_…`."""
    found: set[str] = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        for name in re.findall(r"def test_((?:[AT]\d+_)+)", path.read_text(encoding="utf-8")):
            found.update(name.strip("_").split("_"))
    return frozenset(found)


def rows() -> list[list[str]]:
    """The cells of the table's rows, without its head."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| **")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_adversary_has_its_place() -> None:
    named = [int(number) for row in rows() for number in re.findall(r"\*\*A(\d+)\*\*", row[0])]
    assert sorted(named) == list(range(1, ADVERSARIES + 1))


def test_every_test_that_is_named_is_there() -> None:
    named = {id for row in rows() for id in re.findall(r"\b[AT]\d{2,3}\b", row[4])}
    assert len(named) > 30
    assert sorted(named - ids_of_tests()) == []


def test_who_is_held_off_now_is_held_off_by_tests() -> None:
    for row in rows():
        assert len(row) == 5, row[0]
        assert row[4] or row[1].startswith("there is no"), row[0]
