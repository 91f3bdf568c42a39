"""ts-mls and this implementation in one group, in both directions, in the suites that ts-mls runs as installed."""

import time
from collections.abc import Iterator

import pytest

from coterie.core.kernel.secret import Secret
from coterie.core.kernel.world import SECOND, Instant
from coterie.core.mls.commits import CommitPlan
from coterie.core.mls.extension import Extension
from coterie.core.mls.group_info import GroupInfo, sign_group_info
from coterie.core.mls.key_schedule import external_key_pair
from coterie.core.mls.mls_message import encode_message
from coterie.core.mls.open_message import Proposed
from coterie.core.mls.propose import propose_update
from coterie.core.mls.psk_id import external_psk
from coterie.core.mls.registry import EXTENSION_EXTERNAL_PUB, EXTENSION_RATCHET_TREE
from coterie.core.mls.staged import StagedCommit
from coterie.testing.mls_party import Party, grow
from tests.interop.install_peers import missing_ts_mls
from tests.interop.peers import LivePeer, ts_mls

pytestmark = pytest.mark.skipif(bool(missing_ts_mls()), reason=missing_ts_mls() or "installed")

WIRE = pytest.mark.parametrize("public", [False, True], ids=["private", "public"])
LABEL, CONTEXT = "coterie interop", b"context"


@pytest.fixture(params=[1, 2, 3, 7])
def suite_id(request: pytest.FixtureRequest) -> int:
    found: int = request.param
    return found


@pytest.fixture
def peer(suite_id: int) -> Iterator[LivePeer]:
    with ts_mls(suite_id) as live:
        yield live


def ours(name: str, suite_id: int = 1) -> Party:
    """A party whose key packages the peers accept (valid for less than a month), its clock a minute ahead of theirs."""
    now = int(time.time())
    return Party(name, suite_id, now=Instant((now + 60) * SECOND), lifetime=(now - 3600, now + 86400))


def agree(party: Party, peer: LivePeer) -> None:
    """Same exporter and authenticator, and a message in each direction."""
    assert peer.export(LABEL, CONTEXT, 24) == party.group.export(LABEL, CONTEXT, 24)
    assert peer.get("authenticator", "secret") == party.group.epoch_authenticator
    assert party.read(peer.send(b"from the peer")) == b"from the peer"
    assert peer.read(party.send(b"from us")) == b"from us"


def joined_ours(party: Party, peer: LivePeer) -> None:
    """We create the group and add the peer."""
    party.create()
    package = peer.get("key_package", "message", name="peer")
    staged = party.commit(CommitPlan(adds=(package,)))
    assert staged.welcome is not None
    peer.ask("join", welcome=staged.welcome)


@WIRE
def test_our_group_lives_with_a_ts_mls_member(peer: LivePeer, suite_id: int, public: bool) -> None:
    alice, bob = ours("alice", suite_id), ours("bob", suite_id)
    joined_ours(alice, peer)
    agree(alice, peer)
    peer.receive(alice.commit(CommitPlan(), public=public).message)
    agree(alice, peer)
    alice.open(peer.get("update", "commit", public=public))
    agree(alice, peer)
    package = bob.key_package()
    reply = peer.ask("add", key_package=package.message, public=public)
    alice.open(bytes.fromhex(reply["commit"]))
    bob.join(bytes.fromhex(reply["welcome"]), package)
    assert bob.group.epoch_authenticator == alice.group.epoch_authenticator
    agree(bob, peer)
    peer.receive(alice.commit(CommitPlan(removes=(bob.group.own_leaf,)), public=public).message)
    agree(alice, peer)


@WIRE
def test_a_ts_mls_group_lives_with_us(peer: LivePeer, suite_id: int, public: bool) -> None:
    alice, bob = ours("alice", suite_id), ours("bob", suite_id)
    peer.ask("create", name="peer", group_id=b"theirs")
    for party, present in ((alice, []), (bob, [alice])):
        package = party.key_package()
        reply = peer.ask("add", key_package=package.message, public=public)
        for member in present:
            member.open(bytes.fromhex(reply["commit"]))
        party.join(bytes.fromhex(reply["welcome"]), package)
    agree(alice, peer)
    commit = bob.commit(CommitPlan(), public=public).message
    peer.receive(commit)
    alice.open(commit)
    agree(alice, peer)
    removal = peer.get("remove", "commit", leaf=bob.group.own_leaf, public=public)
    alice.open(removal)
    assert isinstance(staged := bob.open(removal), StagedCommit)
    assert staged.group is None
    agree(alice, peer)


@WIRE
def test_proposals_by_reference(peer: LivePeer, suite_id: int, public: bool) -> None:
    alice, bob = ours("alice", suite_id), ours("bob", suite_id)
    joined_ours(alice, peer)
    package = bob.key_package()
    staged = alice.commit(CommitPlan(adds=(package.message,)))
    bob.join(staged.welcome, package)
    peer.receive(staged.message)
    work = propose_update(alice.group, alice.rows, entropy=alice.entropy, public=public)
    update = alice.sign(work)
    alice.rows.write(update.delta)
    peer.receive(update.message)
    bob.open(update.message)
    commit = peer.get("update", "commit", public=public)
    alice.open(commit)
    bob.open(commit)
    agree(alice, peer)
    removal = peer.get("propose_remove", "message", leaf=bob.group.own_leaf, public=public)
    proposed = alice.open(removal)
    assert isinstance(proposed, Proposed)
    peer.receive(alice.commit(CommitPlan(references=(proposed.ref,)), public=public).message)
    agree(alice, peer)


def test_pre_shared_keys(peer: LivePeer, suite_id: int) -> None:
    class Psks:
        def external(self, psk_id: bytes) -> Secret | None:
            return Secret(b"shared key") if psk_id == b"id" else None

        def resumption(self, group_id: bytes, epoch: int) -> Secret | None:
            return None

    alice = ours("alice", suite_id)
    joined_ours(alice, peer)
    alice.psks = Psks()
    peer.ask("psk", id=b"id", key=b"shared key")
    peer.receive(alice.commit(CommitPlan(psks=(external_psk(b"id", bytes(alice.suite.hash_size)),))).message)
    agree(alice, peer)
    alice.open(peer.get("commit_psk", "commit", id=b"id", nonce=b"n" * alice.suite.hash_size, public=False))
    agree(alice, peer)


def group_info(party: Party) -> bytes:
    """What an external committer needs of us."""
    group = party.group
    public_key = external_key_pair(group.suite, group.secrets.external).public
    extensions = (
        Extension(EXTENSION_RATCHET_TREE, group.tree.encode()),
        Extension(EXTENSION_EXTERNAL_PUB, public_key),  # ts-mls 1.6.4 reads the key without its length
    )
    work = sign_group_info(GroupInfo(group.context, extensions, group.confirmation_tag, group.own_leaf))
    return encode_message(party.sign(work))


def test_external_commits_of_ts_mls(peer: LivePeer, suite_id: int) -> None:
    """It enters between two of us, where a leaf is blank, and later again in place of its own old leaf."""
    alice, bob, carol = (ours(name, suite_id) for name in ("alice", "bob", "carol"))
    grow(alice, bob, carol)
    removal = alice.commit(CommitPlan(removes=(bob.group.own_leaf,))).message
    carol.open(removal)
    for again in (False, True):
        reply = peer.ask("external_join", name="peer", group_info=group_info(carol), again=again)
        for member in (alice, carol):
            staged = member.open(bytes.fromhex(reply["commit"]))
            assert isinstance(staged, StagedCommit)
            assert staged.external
            assert staged.committer == 1
            assert staged.removed == ((1,) if again else ())
        assert carol.group.epoch_authenticator == alice.group.epoch_authenticator
        agree(alice, peer)
        peer.receive(commit := carol.commit(CommitPlan()).message)
        alice.open(commit)
        agree(carol, peer)
