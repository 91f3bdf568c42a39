"""Sending proposals."""

from dataclasses import replace

import pytest

from coterie.core.kernel.errors import UserError
from coterie.core.kernel.world import Instant
from coterie.core.mls.commits import CommitPlan
from coterie.core.mls.credential import basic_credential
from coterie.core.mls.extension import Extension
from coterie.core.mls.key_packages import new_key_package, parse_key_package
from coterie.core.mls.open_message import Proposed
from coterie.core.mls.proposal import (
    Add,
    ExternalInit,
    GroupContextExtensions,
    PreSharedKey,
    Proposal,
    ReInit,
    Remove,
    Update,
)
from coterie.core.mls.propose import propose, propose_update
from coterie.core.mls.psk_id import PreSharedKeyId, external_psk
from coterie.core.mls.registry import EXTENSION_COTERIE, MLS10, PSK_RESUMPTION, USAGE_BRANCH
from coterie.testing.mls_insider import Insider
from coterie.testing.mls_party import NOT_AFTER, NOT_BEFORE, NOW, Party
from coterie.testing.mls_refusals import refused

Trio = tuple[Party, Party, Party]


@pytest.mark.parametrize("public", [False, True])
def test_every_kind_reaches_the_others_under_one_reference(trio: Trio, public: bool) -> None:
    alice, bob, carol = trio
    package = parse_key_package(Party("dora").key_package().message)
    kinds: list[Proposal] = [
        Add(package),
        Remove(2),
        PreSharedKey(external_psk(b"id", bytes(32))),
        GroupContextExtensions(()),
    ]
    for proposal in kinds:
        work = propose(alice.group, alice.rows, proposal, entropy=alice.entropy, public=public, now=NOW)
        sent = alice.sign(work)
        alice.rows.write(sent.delta)
        for receiver in (bob, carol):
            opened = receiver.open(sent.message)
            assert isinstance(opened, Proposed)
            assert (opened.ref, opened.proposal, opened.sender.index) == (sent.ref, proposal, 0)


@pytest.mark.parametrize("public", [False, True])
def test_an_update_refreshes_the_leaf_of_its_sender(trio: Trio, public: bool) -> None:
    alice, bob, carol = trio
    before = alice.group.member(0)
    sent = alice.sign(propose_update(alice.group, alice.rows, entropy=alice.entropy, public=public))
    alice.rows.write(sent.delta)
    for receiver in (bob, carol):
        receiver.open(sent.message)
    staged = bob.commit(CommitPlan(references=(sent.ref,)))
    alice.open(staged.message)
    carol.open(staged.message)
    after = alice.group.member(0)
    assert before is not None
    assert after is not None
    assert before.encryption_key != after.encryption_key
    assert alice.group.epoch_authenticator == bob.group.epoch_authenticator
    follow_up = carol.commit(CommitPlan()).message
    alice.open(follow_up)
    assert alice.group.epoch_authenticator == carol.group.epoch_authenticator


def test_an_update_may_change_what_the_leaf_says(trio: Trio) -> None:
    alice, bob, _ = trio
    renamed = replace(alice.leaf, credential=basic_credential(b"alice, renamed"))
    sent = alice.sign(propose_update(alice.group, alice.rows, entropy=alice.entropy, leaf=renamed))
    bob.open(sent.message)
    bob.commit(CommitPlan(references=(sent.ref,)))
    after = bob.group.member(0)
    assert after is not None
    assert after.credential == renamed.credential


def test_nothing_is_proposed_to_a_group_that_has_ended(trio: Trio) -> None:
    alice, bob, _ = trio
    bob.open(Insider(alice).commit([ReInit(b"successor", MLS10, 1, ())], path=False).message)
    for work in (
        propose(bob.group, bob.rows, Remove(2), entropy=bob.entropy),
        propose_update(bob.group, bob.rows, entropy=bob.entropy),
    ):
        with pytest.raises(UserError) as caught:
            bob.sign(work)
        assert caught.value.code == "group-ended"


def test_a_committer_does_not_take_its_own_update(trio: Trio) -> None:
    alice = trio[0]
    sent = alice.sign(propose_update(alice.group, alice.rows, entropy=alice.entropy))
    alice.rows.write(sent.delta)
    with refused("update-by-committer"):
        alice.stage(CommitPlan(references=(sent.ref,)))


AN_UPDATE = Update(parse_key_package(Party("dora").key_package().message).leaf)


@pytest.mark.parametrize("proposal", [AN_UPDATE, ReInit(b"next", 1, 1, ()), ExternalInit(b"kem")])
def test_what_cannot_be_proposed_here(trio: Trio, proposal: Proposal) -> None:
    alice = trio[0]
    with pytest.raises(UserError) as caught:
        alice.sign(propose(alice.group, alice.rows, proposal, entropy=alice.entropy))
    assert caught.value.code == "unsupported-proposal"


def test_a_key_package_is_judged_before_it_is_proposed(trio: Trio) -> None:
    """RFC 9420 7.3 and 10.1: also its lifetime, for this message is ours."""
    alice = trio[0]
    package = parse_key_package(Party("dora").key_package().message)
    for now in (NOW, Instant(NOT_AFTER * 1000)):
        alice.sign(propose(alice.group, alice.rows, Add(package), entropy=alice.entropy, now=now))
    with refused("key-package-expired"):
        late = Instant((NOT_AFTER + 1) * 1000)
        alice.sign(propose(alice.group, alice.rows, Add(package), entropy=alice.entropy, now=late))
    with refused("key-package-wrong-suite"):
        other = parse_key_package(Party("dora", 3).key_package().message)
        alice.sign(propose(alice.group, alice.rows, Add(other), entropy=alice.entropy, now=NOW))
    alice.sign(propose(alice.group, alice.rows, Add(package), entropy=alice.entropy))


def test_who_lacks_an_extension_of_the_group_is_not_proposed() -> None:
    alice = Party("alice")
    alice.create(extensions=(Extension(EXTENSION_COTERIE, b""),))
    dora = Party("dora")
    bare = replace(dora.leaf, capabilities=replace(dora.leaf.capabilities, extensions=()))
    made = new_key_package(dora.suite, bare, not_before=NOT_BEFORE, not_after=NOT_AFTER, entropy=dora.entropy)
    package = parse_key_package(dora.sign(made).message)
    with refused("leaf-group-extension"):
        alice.sign(propose(alice.group, alice.rows, Add(package), entropy=alice.entropy, now=NOW))


def test_what_no_commit_could_take_is_not_proposed(trio: Trio) -> None:
    alice = trio[0]
    with refused("remove-blank"):
        alice.sign(propose(alice.group, alice.rows, Remove(3), entropy=alice.entropy))
    with refused("psk-nonce"):
        short = PreSharedKey(external_psk(b"id", bytes(31)))
        alice.sign(propose(alice.group, alice.rows, short, entropy=alice.entropy))
    with refused("psk-usage"):
        branch = PreSharedKey(PreSharedKeyId(PSK_RESUMPTION, bytes(32), b"", USAGE_BRANCH, b"group", 0))
        alice.sign(propose(alice.group, alice.rows, branch, entropy=alice.entropy))


def test_no_application_data_while_a_proposal_waits(trio: Trio) -> None:
    """RFC 9420 12.4: whoever shall be removed must not read what is said after the proposal."""
    alice, bob, carol = trio
    sent = alice.sign(propose(alice.group, alice.rows, Remove(2), entropy=alice.entropy))
    alice.rows.write(sent.delta)
    bob.open(sent.message)
    before = carol.send(b"said by who has not heard of it")
    for party in (alice, bob):
        with refused("proposals-waiting"):
            party.send(b"too early")
        party.read(before)
    alice.open(bob.commit(CommitPlan(references=(sent.ref,))).message)
    assert alice.read(bob.send(b"without carol")) == b"without carol"
