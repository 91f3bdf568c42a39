"""mls-rs and this implementation in one group, suite 1, in both directions."""

from collections.abc import Iterator

import pytest

from coterie.core.mls.commits import CommitPlan
from coterie.core.mls.open_message import Proposed
from coterie.core.mls.staged import StagedCommit
from coterie.testing.mls_party import Party
from tests.interop.install_peers import missing_mls_rs
from tests.interop.peers import LivePeer, mls_rs
from tests.interop.test_ts_mls import ours

pytestmark = pytest.mark.skipif(bool(missing_mls_rs()), reason=missing_mls_rs() or "installed")

WIRE = pytest.mark.parametrize("public", [False, True], ids=["private", "public"])
LABEL, CONTEXT = "coterie interop", b"context"


@pytest.fixture
def peer() -> Iterator[LivePeer]:
    with mls_rs() as live:
        yield live


def agree(party: Party, peer: LivePeer) -> None:
    """Same exporter, and a message in each direction."""
    assert peer.export(LABEL, CONTEXT, 24) == party.group.export(LABEL, CONTEXT, 24)
    assert party.read(peer.send(b"from the peer")) == b"from the peer"
    assert peer.read(party.send(b"from us"), name=party.name) == b"from us"


@WIRE
def test_our_group_lives_with_an_mls_rs_member(peer: LivePeer, public: bool) -> None:
    alice, bob = ours("alice"), ours("bob")
    alice.create()
    package = peer.get("key_package", "message", name="peer")
    staged = alice.commit(CommitPlan(adds=(package,)))
    assert staged.welcome is not None
    peer.ask("join", welcome=staged.welcome)
    agree(alice, peer)
    peer.receive(alice.commit(CommitPlan(), public=public).message)
    agree(alice, peer)
    alice.open(peer.get("update", "commit"))
    agree(alice, peer)
    theirs = bob.key_package()
    reply = peer.ask("add", key_package=theirs.message)
    alice.open(bytes.fromhex(reply["commit"]))
    bob.join(bytes.fromhex(reply["welcome"]), theirs)
    agree(bob, peer)
    peer.receive(alice.commit(CommitPlan(removes=(bob.group.own_leaf,)), public=public).message)
    agree(alice, peer)


@WIRE
def test_an_mls_rs_group_lives_with_us(peer: LivePeer, public: bool) -> None:
    alice, bob = ours("alice"), ours("bob")
    peer.ask("create", name="peer", group_id=b"theirs")
    for party, present in ((alice, []), (bob, [alice])):
        package = party.key_package()
        reply = peer.ask("add", key_package=package.message)
        for member in present:
            member.open(bytes.fromhex(reply["commit"]))
        party.join(bytes.fromhex(reply["welcome"]), package)
    agree(alice, peer)
    commit = bob.commit(CommitPlan(), public=public).message
    peer.receive(commit)
    alice.open(commit)
    agree(alice, peer)
    agree(bob, peer)
    removal = peer.get("remove", "commit", name="bob")
    alice.open(removal)
    staged = bob.open(removal)
    assert isinstance(staged, StagedCommit)
    assert staged.group is None
    agree(alice, peer)


def test_a_proposal_of_mls_rs_by_reference(peer: LivePeer) -> None:
    alice, bob = ours("alice"), ours("bob")
    alice.create()
    package = peer.get("key_package", "message", name="peer")
    staged = alice.commit(CommitPlan(adds=(package,)))
    assert staged.welcome is not None
    peer.ask("join", welcome=staged.welcome)
    theirs = bob.key_package()
    proposed = alice.open(peer.get("propose_add", "message", key_package=theirs.message))
    assert isinstance(proposed, Proposed)
    staged = alice.commit(CommitPlan(references=(proposed.ref,), force_path=True))
    peer.receive(staged.message)
    bob.join(staged.welcome, theirs)
    agree(alice, peer)
    agree(bob, peer)
