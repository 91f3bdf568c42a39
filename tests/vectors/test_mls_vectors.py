"""The MLS working group's vectors, all types, for the suites that we have (T021)."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from coterie.testing.mls_vectors import run_case

Load = Callable[[str], Any]

FILES = (
    "crypto-basics",
    "deserialization",
    "key-schedule",
    "message-protection",
    "messages",
    "passive-client-handling-commit",
    "passive-client-random",
    "passive-client-welcome",
    "psk_secret",
    "secret-tree",
    "transcript-hashes",
    "tree-math",
    "tree-operations",
    "tree-validation",
    "treekem",
    "welcome",
)
WITHOUT_SUITE = {"deserialization", "messages", "tree-math"}
OURS = {1, 2, 3, 7}


@pytest.mark.parametrize("name", FILES)
def test_T021_official_vectors(load: Load, name: str) -> None:
    cases = load(f"mls/{name}.json")
    results: Counter[str] = Counter()
    for number, case in enumerate(cases):
        _, result, reason = run_case(case)
        ours = name in WITHOUT_SUITE or case["cipher_suite"] in OURS
        assert result == ("passed" if ours else "skipped"), f"case {number}: {reason}"
        results[result] += 1
    assert results["passed"] >= 1
