"""docs/protocol/objects.md is the law: its hex is what the code writes, its tables are those of the code."""

from pathlib import Path

import pytest

from coterie.core.kernel import limits
from coterie.core.trust.bodies import encode_body, parse_decision_body, parse_fact_body
from coterie.core.trust.certificates import parse_certificate
from coterie.core.trust.intake import FACTS_PER_ISSUER
from coterie.core.trust.object_types import ObjectType
from coterie.core.trust.objects import stored_object
from coterie.testing.object_samples import samples, snapshots
from coterie.testing.wire_snapshots import documented

PAGE = (Path(__file__).parents[3] / "docs" / "protocol" / "objects.md").read_text(encoding="utf-8")
DOCUMENTED = documented(PAGE)
SNAPSHOTS = snapshots()


def test_every_structure_is_documented_once() -> None:
    assert sorted(DOCUMENTED) == sorted(SNAPSHOTS)
    assert PAGE.count("```hex ") == len(SNAPSHOTS)


@pytest.mark.parametrize("structure", SNAPSHOTS)
def test_the_hex_is_what_the_code_writes(structure: str) -> None:
    assert DOCUMENTED[structure].hex() == SNAPSHOTS[structure].hex()


def test_the_samples_can_be_read_back() -> None:
    found = samples()
    for name in ("certificate-first", "certificate-further"):
        assert parse_certificate(DOCUMENTED[name]).raw == DOCUMENTED[name]
    for name in ("decision", "fact"):
        assert stored_object(DOCUMENTED[name]).raw == DOCUMENTED[name]
    for name, decision in found.decisions.items():
        data = DOCUMENTED[f"body-{name.replace(' ', '-')}"]
        assert encode_body(parse_decision_body(decision.number, data)) == data
    for name, fact in found.facts.items():
        data = DOCUMENTED[f"body-{name}"]
        assert encode_body(parse_fact_body(fact.number, data)) == data


def test_the_samples_replay() -> None:
    assert snapshots() == SNAPSHOTS


def test_every_type_is_in_the_table() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| 80")]
    cells = {cell.strip() for row in rows for cell in row.split("|")}
    assert {f"{number:04x}" for number in ObjectType} <= cells


def test_the_limits_are_those_of_the_code() -> None:
    for bound in (
        f"{limits.CERTIFICATE_SIZE // 1024} KiB",
        f"{limits.OBJECT_SIZE // 1024} KiB",
        f"| {limits.CUT_ENTRIES:,} |",
        f"| {limits.CHAIN_SIBLINGS} |",
        f"| {limits.WAITING_OBJECTS:,} |",
        f"| {FACTS_PER_ISSUER} |",
    ):
        assert bound in PAGE
