"""Hash references (official values: tests/vectors)."""

from coterie.core.crypto.suites import SUITES, suite
from coterie.core.mls.refs import key_package_ref, proposal_ref, ref_hash


def test_labels_keep_references_apart() -> None:
    assert key_package_ref(suite(1), b"value") != proposal_ref(suite(1), b"value")


def test_label_and_value_are_framed() -> None:
    assert ref_hash(suite(1), "ab", b"c") != ref_hash(suite(1), "a", b"bc")


def test_references_are_as_long_as_the_hash() -> None:
    for chosen in SUITES.values():
        assert len(proposal_ref(chosen, b"")) == chosen.hash_size
