"""Making commits: what goes in, what comes out."""

from dataclasses import replace

import pytest

from coterie.core.kernel.secret import Secret
from coterie.core.mls.commit import parse_commit
from coterie.core.mls.commits import CommitPlan, stage_commit
from coterie.core.mls.extension import Extension
from coterie.core.mls.mls_message import parse_message
from coterie.core.mls.own_leaf import basic_leaf
from coterie.core.mls.proposal import Remove
from coterie.core.mls.propose import propose
from coterie.core.mls.psk_id import external_psk, resumption_psk
from coterie.core.mls.public_message import PublicMessage
from coterie.core.mls.registry import EXTENSION_COTERIE
from coterie.core.mls.staged import StagedCommit
from coterie.testing.mls_party import NOW, Party, parties
from coterie.testing.mls_refusals import refused

Trio = tuple[Party, Party, Party]
SUITES = [1, 2, 3, 7, 0xF602]


class Keys:
    def __init__(self, party: Party) -> None:
        self.resumed = party.group.resumption_psk

    def external(self, psk_id: bytes) -> Secret | None:
        return Secret(b"shared") if psk_id == b"id" else None

    def resumption(self, group_id: bytes, epoch: int) -> Secret | None:
        return self.resumed if (group_id, epoch) == (b"group", 1) else None


def commit_in(message: bytes) -> bool:
    """Whether a public commit has a path."""
    parsed = parse_message(message)
    assert isinstance(parsed, PublicMessage)
    return parse_commit(parsed.content.body).path is not None


@pytest.mark.parametrize("suite_id", SUITES)
def test_the_life_of_a_group(suite_id: int) -> None:
    alice, bob, carol = parties("alice", "bob", "carol", suite_id=suite_id)
    group = [alice, bob, carol]

    def together(committer: Party, plan: CommitPlan) -> StagedCommit:
        staged = committer.commit(plan)
        for other in group:
            if other is not committer:
                other.open(staged.message)
        assert len({party.group.epoch_authenticator for party in group}) == 1
        text = committer.send(b"after the commit")
        assert all(other.read(text) == b"after the commit" for other in group if other is not committer)
        return staged

    together(bob, CommitPlan())
    dora = Party("dora", suite_id)
    package = dora.key_package()
    staged = together(carol, CommitPlan(adds=(package.message,), extensions=(Extension(EXTENSION_COTERIE, b"x"),)))
    dora.join(staged.welcome, package)
    group.append(dora)
    together(dora, CommitPlan())
    group.remove(bob)
    staged = together(alice, CommitPlan(removes=(1,)))
    assert isinstance(opened := bob.open(staged.message), StagedCommit)
    assert opened.group is None
    assert dora.group.context.extensions == (Extension(EXTENSION_COTERIE, b"x"),)


def test_a_commit_that_only_adds_has_no_path(trio: Trio) -> None:
    alice = trio[0]
    package = Party("dora").key_package().message
    assert not commit_in(alice.stage(CommitPlan(adds=(package,)), public=True).message)
    assert commit_in(alice.stage(CommitPlan(adds=(package,), force_path=True), public=True).message)
    assert commit_in(alice.stage(CommitPlan(adds=(package,), removes=(2,)), public=True).message)
    assert commit_in(alice.stage(CommitPlan(), public=True).message)


def test_pre_shared_keys_of_both_kinds(trio: Trio) -> None:
    alice, bob, carol = trio
    for party in trio:
        party.psks = Keys(party)
    bob.open(alice.commit(CommitPlan()).message)
    plan = CommitPlan(psks=(external_psk(b"id", bytes(32)), resumption_psk(b"group", 1, bytes(32))))
    bob.open(alice.commit(plan).message)
    assert bob.group.epoch_authenticator == alice.group.epoch_authenticator
    with refused("missing-psk"):
        alice.stage(CommitPlan(psks=(external_psk(b"unknown", bytes(32)),)))
    assert carol.group.epoch == 1


def test_proposals_of_others_by_reference(trio: Trio) -> None:
    alice, bob, carol = trio
    sent = carol.sign(propose(carol.group, carol.rows, Remove(1), entropy=carol.entropy))
    carol.rows.write(sent.delta)
    alice.open(sent.message)
    staged = alice.commit(CommitPlan(references=(sent.ref,)))
    carol.open(staged.message)
    assert staged.removed == (1,)
    assert carol.group.epoch_authenticator == alice.group.epoch_authenticator
    assert bob.group.epoch == 1


def test_a_new_leaf_with_another_key_and_identity(trio: Trio) -> None:
    alice, bob, carol = trio
    fresh = Party("alice renewed")
    leaf = basic_leaf(alice.suite, b"alice renewed".ljust(64, b"."), fresh.signer.public_key)

    class Both:
        """Signs the leaf with the new key and everything else with the old one."""

        suite, public_key = alice.suite, fresh.signer.public_key

        def sign(self, message: bytes) -> bytes:
            return (fresh if b"LeafNodeTBS" in message[:30] else alice).signer.sign(message)

    work = stage_commit(alice.group, alice.rows, CommitPlan(leaf=leaf), now=NOW, entropy=alice.entropy)
    to_sign = next(work)
    staged = None
    while staged is None:
        try:
            to_sign = work.send(Both().sign(to_sign))
        except StopIteration as done:
            staged = done.value
    alice.rows.write(staged.delta)
    bob.open(staged.message)
    carol.open(staged.message)
    alice.signer = fresh.signer
    assert bob.read(alice.send(b"with the new key")) == b"with the new key"


def test_a_new_leaf_is_judged_before_its_commit_is_sent(trio: Trio) -> None:
    """Everybody else would refuse the commit, and its maker would be alone in the next epoch."""
    alice, bob, carol = trio
    extended = bob.commit(CommitPlan(extensions=(Extension(EXTENSION_COTERIE, b""),))).message
    alice.open(extended)
    able = alice.leaf.capabilities
    with refused("leaf-group-extension"):
        alice.stage(CommitPlan(leaf=replace(alice.leaf, capabilities=replace(able, extensions=()))))
    with refused("leaf-credential-support"):
        alice.stage(CommitPlan(leaf=replace(alice.leaf, capabilities=replace(able, credentials=()))))
    with refused("leaf-signature-key-taken"):
        alice.stage(CommitPlan(leaf=replace(alice.leaf, signature_key=carol.signer.public_key)))


def test_a_new_leaf_goes_along_with_a_newcomer(trio: Trio) -> None:
    alice, bob, _ = trio
    old = alice.group.member(0)
    package = Party("dora").key_package().message
    bob.open(alice.commit(CommitPlan(adds=(package,), leaf=alice.leaf)).message)
    assert bob.group.member(0) not in (None, old)


def test_a_padded_private_commit_with_authenticated_data(trio: Trio) -> None:
    alice, bob, _ = trio
    work = stage_commit(
        alice.group,
        alice.rows,
        CommitPlan(),
        now=NOW,
        entropy=alice.entropy,
        authenticated_data=b"clear",
        padded_size=lambda size: 2048,
    )
    staged = alice.sign(work)
    assert len(staged.message) == 2048
    opened = bob.open(staged.message)
    assert isinstance(opened, StagedCommit)
    assert opened.authenticated_data == staged.authenticated_data == b"clear"


def test_the_same_inputs_make_the_same_commit() -> None:
    made = []
    for _ in range(2):
        alice, _, _ = parties("alice", "bob", "carol")
        made.append(alice.stage(CommitPlan(removes=(2,))).message)
    assert made[0] == made[1]


def test_T025_two_commits_of_one_epoch_and_only_one_is_taken(trio: Trio) -> None:
    alice, bob, carol = trio
    mine, theirs = alice.stage(CommitPlan()), bob.stage(CommitPlan())
    carol.open(theirs.message)
    with refused("past-epoch"):
        carol.open(mine.message)
    alice.open(theirs.message)
    bob.rows.write(theirs.delta)
    assert len({party.group.epoch_authenticator for party in trio}) == 1
