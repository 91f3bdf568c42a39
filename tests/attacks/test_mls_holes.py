"""Twelve holes that were found in a published Python package for MLS, each closed here."""

from dataclasses import replace

import pytest

from coterie.core.crypto.kdf import derive_secret, expand_with_label, verify_mac
from coterie.core.kernel.secret import Secret
from coterie.core.kernel.world import Instant
from coterie.core.mls import open_message as open_message_module
from coterie.core.mls.commits import CommitPlan
from coterie.core.mls.framing import AuthData
from coterie.core.mls.group_info import GroupInfo
from coterie.core.mls.mls_message import encode_message, parse_message
from coterie.core.mls.open_message import open_message
from coterie.core.mls.past import open_past
from coterie.core.mls.proposal import PreSharedKey
from coterie.core.mls.psk_id import external_psk
from coterie.core.mls.public_message import PublicMessage
from coterie.core.mls.ratchets import Ratchets
from coterie.core.mls.registry import CONTENT_APPLICATION
from coterie.core.mls.staged import StagedCommit
from coterie.testing.mls_insider import Insider, Tampering
from coterie.testing.mls_outsider import external_commit
from coterie.testing.mls_party import NOT_AFTER, Party, parties
from coterie.testing.mls_refusals import refused
from tests.unit.core.mls.test_join import Invited

Trio = tuple[Party, Party, Party]


@pytest.fixture
def trio() -> Trio:
    alice, bob, carol = parties("alice", "bob", "carol")
    return alice, bob, carol


def test_hole_01_a_message_without_a_signature_is_nobodys(trio: Trio) -> None:
    alice, bob, carol = trio
    insider = Insider(alice)
    content = insider.content(CONTENT_APPLICATION, b"from anybody")
    for signature in (b"", bytes(64), bytes(63), carol.signer.sign(b"something else")):
        with refused("content-signature"):
            bob.open(insider.private(content, AuthData(signature)))


def test_hole_02_a_ciphertext_decrypts_once_and_its_key_cannot_be_derived_again(trio: Trio) -> None:
    alice, bob, carol = trio
    late, message = alice.send(b"skipped"), alice.send(b"once")
    assert bob.read(message) == b"once"
    with refused("message-key-used"):
        bob.open(message)
    assert bob.read(late) == b"skipped"
    ratchets: Ratchets = bob.group.ratchets
    for generation in (0, 1):
        with refused("message-key-used"):
            ratchets.take(bob.rows, 0, False, generation)
    bob.open(carol.commit(CommitPlan()).message)
    for spent in (late, message):
        with refused("message-key-used"):
            open_past(bob.rows, spent)


def test_hole_03_restored_state_does_not_repeat_a_key_and_nonce(trio: Trio) -> None:
    alice, bob, _ = trio
    backup = alice.rows.copy()
    sent = alice.send(b"before the restore")
    reloaded = Party("alice")
    reloaded.rows = alice.rows.copy()
    again = reloaded.send(b"after a restart")
    assert bob.read(sent) == b"before the restore"
    assert bob.read(again) == b"after a restart"
    alice.rows = backup
    with refused("own-ratchet"):
        alice.open(sent)


def test_hole_04_a_missing_external_psk_is_refused_and_never_replaced(trio: Trio) -> None:
    alice, bob, _ = trio
    psk = external_psk(b"unknown", bytes(32))
    with refused("missing-psk"):
        alice.stage(CommitPlan(psks=(psk,)))
    message = Insider(alice).commit([PreSharedKey(psk)], path=False).message
    with refused("missing-psk"):
        bob.open(message)

    class Wrong:
        def external(self, psk_id: bytes) -> Secret | None:
            return Secret(psk_id)

        def resumption(self, group_id: bytes, epoch: int) -> Secret | None:
            return None

    bob.psks = Wrong()
    with refused("confirmation-tag"):
        bob.open(message)


def test_hole_05_a_bad_confirmation_tag_is_refused_before_anything_changes(trio: Trio) -> None:
    alice, bob, _ = trio
    forged = Insider(alice).commit(tampering=Tampering(tag=lambda tag: bytes(len(tag)))).message
    before, group = dict(bob.rows.values), bob.group
    tree = group.tree.encode()
    with refused("confirmation-tag"):
        open_message(group, bob.rows, forged)
    assert bob.rows.values == before
    assert group.tree.encode() == tree
    bob.open(alice.commit(CommitPlan()).message)


def test_hole_06_an_expired_key_package_is_not_added() -> None:
    alice, dora = Party("alice", now=Instant((NOT_AFTER + 1) * 1000)), Party("dora")
    alice.create()
    with refused("key-package-expired"):
        alice.stage(CommitPlan(adds=(dora.key_package().message,)))


def test_hole_07_a_group_infos_signature_is_tried_against_its_signer_only(trio: Trio) -> None:
    alice, bob, _ = trio
    invited = Invited(alice)

    def claimed_by_bob(info: GroupInfo) -> GroupInfo:
        return replace(info, signer=bob.group.own_leaf)

    with refused("group-info-signature"):
        invited.join(invited.again(info=claimed_by_bob, signer=alice))
    with refused("group-info-signature"):
        invited.join(invited.again(signer=bob))


def test_hole_08_what_was_sent_is_never_decoded_from_a_cache_of_objects(trio: Trio) -> None:
    alice, bob, carol = trio
    staged = alice.stage(CommitPlan(removes=(2,)))
    one, other = (open_message(p.group, p.rows, staged.message) for p in (bob, bob))
    assert isinstance(one, StagedCommit)
    assert isinstance(other, StagedCommit)
    assert one is not other
    assert one.group is not staged.group
    assert one.group is not None
    assert staged.group is not None
    assert one.group.own_leaf == bob.group.own_leaf
    assert staged.group.own_leaf == alice.group.own_leaf
    assert not set(one.group.private_keys) & {0}
    assert parse_message(staged.message) is not parse_message(staged.message)
    assert carol.group.epoch == 1


def test_hole_09_tags_are_compared_in_constant_time(trio: Trio, monkeypatch: pytest.MonkeyPatch) -> None:
    alice, bob, _ = trio
    compared: list[bytes] = []

    def spy(suite: object, key: bytes, content: bytes, tag: bytes) -> None:
        compared.append(tag)
        verify_mac(alice.suite, key, content, tag)

    monkeypatch.setattr(open_message_module, "verify_mac", spy)
    monkeypatch.setattr("coterie.core.mls.receive_commit.verify_mac", spy)
    message = alice.stage(CommitPlan(), public=True).message
    open_message(bob.group, bob.rows, message)
    parsed = parse_message(message)
    assert isinstance(parsed, PublicMessage)
    assert compared == [parsed.membership_tag, parsed.auth.confirmation_tag]
    for size in range(32):
        with refused("membership-tag"):
            bob.open(encode_message(replace(parsed, membership_tag=(parsed.membership_tag or b"")[:size])))


def test_hole_10_a_path_refreshes_the_leaf(trio: Trio) -> None:
    alice, bob, _ = trio
    before, old_key = alice.group.member(0), alice.group.private_keys[0]
    bob.open(alice.commit(CommitPlan()).message)
    after = bob.group.member(0)
    assert before is not None
    assert after is not None
    assert after.encryption_key != before.encryption_key
    assert alice.group.private_keys[0] != old_key
    kept = Tampering(leaf=lambda leaf: replace(leaf, encryption_key=after.encryption_key))
    with refused("path-key-unchanged"):
        bob.open(Insider(alice).commit(tampering=kept).message)


def test_hole_11_the_exporter_hashes_its_context(trio: Trio) -> None:
    group = trio[0].group
    secret = derive_secret(group.suite, group.secrets.exporter, "label")
    unhashed = expand_with_label(group.suite, secret, "exported", b"context", 32)
    assert group.export("label", b"context", 32) != unhashed
    assert group.export("label", bytes(1 << 20), 32) == trio[1].group.export("label", bytes(1 << 20), 32)


def test_hole_12_an_external_committer_gets_the_leftmost_blank_leaf(trio: Trio) -> None:
    alice, bob, carol = trio
    carol.open(alice.commit(CommitPlan(removes=(bob.group.own_leaf,))).message)
    message, authenticator = external_commit(Party("dora"), alice.group)
    for member in (alice, carol):
        staged = member.open(message)
        assert isinstance(staged, StagedCommit)
        assert staged.committer == 1
        assert member.group.epoch_authenticator == authenticator
        assert [index for index, _ in member.group.members()] == [0, 1, 2]
    last, authenticator = external_commit(Party("emil"), alice.group)
    staged = carol.open(last)
    assert isinstance(staged, StagedCommit)
    assert staged.committer == 3
    assert carol.group.epoch_authenticator == authenticator
