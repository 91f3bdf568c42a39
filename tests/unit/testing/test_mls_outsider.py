"""An honest external committer enters."""

from coterie.core.mls.staged import StagedCommit
from coterie.testing.mls_outsider import Entry, external_commit
from coterie.testing.mls_party import Party, parties


def test_it_enters() -> None:
    alice, bob = parties("alice", "bob")
    message, authenticator = external_commit(Party("dora"), alice.group)
    for member in (alice, bob):
        staged = member.open(message)
        assert isinstance(staged, StagedCommit)
        assert (staged.external, staged.committer) == (True, 2)
        assert member.group.epoch_authenticator == authenticator


def test_it_may_take_its_old_place() -> None:
    alice, _, carol = parties("alice", "bob", "carol")
    message, authenticator = external_commit(Party("bob"), alice.group, Entry(removes=(1,)))
    carol.open(message)
    assert carol.group.epoch_authenticator == authenticator
