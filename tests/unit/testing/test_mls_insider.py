"""An insider that tampers with nothing is believed; so what a test changes is all that is wrong."""

import pytest

from coterie.core.mls.key_packages import parse_key_package
from coterie.core.mls.open_message import Proposed
from coterie.core.mls.proposal import Add, ProposalOrRef, Remove
from coterie.core.mls.staged import StagedCommit
from coterie.testing.mls_insider import GuessedPsks, Insider
from coterie.testing.mls_party import Party, parties


@pytest.mark.parametrize("private", [False, True])
def test_its_honest_commits_are_good(private: bool) -> None:
    alice, bob, carol = parties("alice", "bob", "carol")
    dora = Party("dora")
    package = dora.key_package()
    entries: list[ProposalOrRef] = [Remove(2), Add(parse_key_package(package.message))]
    forged = Insider(alice).commit(entries, private=private)
    staged = bob.open(forged.message)
    assert isinstance(staged, StagedCommit)
    assert (staged.added, staged.removed) == ((2,), (2,))
    dora.join(forged.welcome, package)
    assert dora.group.epoch_authenticator == bob.group.epoch_authenticator
    assert alice.group.epoch == carol.group.epoch == 1


def test_its_honest_proposals_are_good() -> None:
    alice, bob, carol = parties("alice", "bob", "carol")
    message, reference = Insider(alice).proposal(Remove(0))
    for receiver in (bob, carol):
        proposed = receiver.open(message)
        assert isinstance(proposed, Proposed)
        assert proposed.ref == reference.ref
    forged = Insider(bob).commit([reference], known=[Remove(0)])
    assert isinstance(carol.open(forged.message), StagedCommit)


def test_it_guesses_every_key() -> None:
    assert GuessedPsks().external(b"any") == GuessedPsks().resumption(b"any", 1)
