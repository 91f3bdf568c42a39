"""Parties talk."""

import pytest

from coterie.core.mls.commits import CommitPlan
from coterie.testing.mls_party import Party, grow, parties


def test_parties_talk() -> None:
    alice, bob, carol = parties("alice", "bob", "carol")
    message = carol.send(b"hello")
    assert alice.read(message) == bob.read(message) == b"hello"


def test_the_same_names_make_the_same_group() -> None:
    assert parties("alice", "bob")[0].rows.values == parties("alice", "bob")[0].rows.values


def test_a_group_grows_from_one() -> None:
    alone = Party("alice")
    grow(alone)
    assert alone.group.epoch == 1


def test_what_is_no_application_message_has_no_text() -> None:
    alice, bob = parties("alice", "bob")
    with pytest.raises(TypeError):
        bob.read(alice.commit(CommitPlan()).message)
    with pytest.raises(ValueError, match="nobody"):
        bob.join(None, bob.key_package())
