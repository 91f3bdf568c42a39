"""Parties that every test of a group starts from."""

import pytest

from coterie.testing.mls_party import Party, parties

Trio = tuple[Party, Party, Party]


@pytest.fixture
def trio() -> Trio:
    """Alice, Bob and Carol in one group of suite 1, epoch 1."""
    alice, bob, carol = parties("alice", "bob", "carol")
    return alice, bob, carol


@pytest.fixture
def pair() -> tuple[Party, Party]:
    """Alice and Bob in one group of suite 1, epoch 1."""
    alice, bob = parties("alice", "bob")
    return alice, bob
