"""Opening messages of the current epoch: what is delivered, and what is refused without a trace."""

from dataclasses import replace

import pytest

from coterie.core.kernel.errors import PeerError, UserError
from coterie.core.mls.commit import Commit
from coterie.core.mls.commits import CommitPlan
from coterie.core.mls.extension import Extension
from coterie.core.mls.framing import AuthData, Sender, member
from coterie.core.mls.limits import MAX_ELEMENTS, MAX_EXTENSIONS
from coterie.core.mls.mls_message import encode_message, message_header, parse_message
from coterie.core.mls.open_message import Application, Proposed, open_message
from coterie.core.mls.private_message import MessageKey, seal_private
from coterie.core.mls.proposal import GroupContextExtensions, ReInit, Remove, encode_proposal
from coterie.core.mls.public_message import PublicMessage
from coterie.core.mls.registry import (
    CONTENT_APPLICATION,
    CONTENT_COMMIT,
    CONTENT_PROPOSAL,
    MLS10,
    SENDER_EXTERNAL,
    SENDER_NEW_MEMBER_COMMIT,
    SENDER_NEW_MEMBER_PROPOSAL,
    WIRE_PRIVATE_MESSAGE,
    WIRE_PUBLIC_MESSAGE,
)
from coterie.core.mls.staged import StagedCommit
from coterie.testing.mls_insider import Insider
from coterie.testing.mls_party import Party
from coterie.testing.mls_refusals import refused

Trio = tuple[Party, Party, Party]


def test_application_data_reaches_every_member_with_its_sender(trio: Trio) -> None:
    alice, bob, carol = trio
    message = alice.send(b"hello", authenticated_data=b"clear")
    for receiver in (bob, carol):
        opened = receiver.open(message)
        assert isinstance(opened, Application)
        assert (opened.sender, opened.plaintext, opened.authenticated_data) == (0, b"hello", b"clear")
        assert opened.generation == 0


def test_opening_alone_changes_nothing(trio: Trio) -> None:
    alice, bob, _ = trio
    message = alice.send(b"hello")
    before = dict(bob.rows.values)
    open_message(bob.group, bob.rows, message)
    assert bob.rows.values == before


def test_a_message_for_another_group(trio: Trio) -> None:
    _, bob, _ = trio
    stranger, friend = Party("stranger"), Party("friend")
    stranger.create(b"another")
    package = friend.key_package()
    friend.join(stranger.commit(CommitPlan(adds=(package.message,))).welcome, package)
    with refused("wrong-group"):
        bob.open(stranger.send(b"hello"))


def test_T025_messages_in_clear_are_for_one_group_and_one_epoch(trio: Trio) -> None:
    alice, bob, carol = trio
    stranger = Party("stranger")
    stranger.create(b"another")
    with refused("wrong-group"):
        bob.open(stranger.stage(CommitPlan(), public=True).message)
    old = alice.stage(CommitPlan(), public=True).message
    commit = carol.commit(CommitPlan()).message
    future = carol.stage(CommitPlan(), public=True).message
    with refused("future-epoch"):
        bob.open(future)
    bob.open(commit)
    with refused("past-epoch"):
        bob.open(old)


def test_T025_messages_of_past_and_future_epochs_change_nothing(trio: Trio) -> None:
    alice, bob, carol = trio
    old = alice.stage(CommitPlan())
    commit = carol.commit(CommitPlan())
    future = carol.send(b"from the future")
    before = dict(bob.rows.values)
    with refused("future-epoch"):
        bob.open(future)
    assert bob.rows.values == before
    bob.open(commit.message)
    before = dict(bob.rows.values)
    with refused("past-epoch"):
        bob.open(old.message)
    with refused("past-epoch"):
        bob.open(commit.message)
    assert bob.rows.values == before
    assert bob.read(future) == b"from the future"


def sealed_by(alice: Party, victim: Party, content_sender: int, signer: Party) -> bytes:
    """A message with Alice's next key that claims a leaf, signed by somebody."""
    insider = Insider(alice)
    content = insider.content(CONTENT_APPLICATION, b"forged", member(content_sender))
    auth = insider.sign(content, WIRE_PRIVATE_MESSAGE, signer.signer)
    key, _ = victim.group.ratchets.take(victim.rows, content_sender, False, 0)
    key = MessageKey(content_sender, 0, key.key, key.nonce)
    body = seal_private(alice.suite, alice.group.secrets.sender_data, content, auth, key, b"1234")
    return message_header(WIRE_PRIVATE_MESSAGE) + body


def test_T022_a_message_signed_by_another_member_is_refused(trio: Trio) -> None:
    alice, bob, carol = trio
    forged = sealed_by(alice, bob, carol.group.own_leaf, alice)
    before = dict(bob.rows.values)
    with refused("content-signature"):
        bob.open(forged)
    assert bob.rows.values == before
    assert bob.read(carol.send(b"genuine")) == b"genuine"


def test_T022_a_message_without_a_signature_is_refused(trio: Trio) -> None:
    alice, bob, _ = trio
    insider = Insider(alice)
    content = insider.content(CONTENT_APPLICATION, b"unsigned")
    with refused("content-signature"):
        bob.open(insider.private(content, AuthData(b"")))


def test_a_sender_without_a_leaf(trio: Trio) -> None:
    alice, bob, _ = trio
    with refused("sender-not-a-member"):
        bob.open(sealed_by(alice, bob, 3, alice))
    insider = Insider(alice)
    content = insider.content(CONTENT_PROPOSAL, encode_proposal(Remove(2)), member(3))
    with refused("sender-not-a-member"):
        bob.open(insider.public(content, insider.sign(content, WIRE_PUBLIC_MESSAGE)))


def test_application_data_in_clear(trio: Trio) -> None:
    alice, bob, _ = trio
    insider = Insider(alice)
    content = insider.content(CONTENT_APPLICATION, b"in clear")
    with refused("application-in-clear"):
        bob.open(insider.public(content, insider.sign(content, WIRE_PUBLIC_MESSAGE)))


def public_proposal(alice: Party) -> PublicMessage:
    message, _ = Insider(alice).proposal(Remove(2))
    parsed = parse_message(message)
    assert isinstance(parsed, PublicMessage)
    return parsed


def test_a_wrong_membership_tag(trio: Trio) -> None:
    alice, bob, _ = trio
    parsed = public_proposal(alice)
    for tag in (bytes(32), b"", (parsed.membership_tag or b"")[:-1]):
        with refused("membership-tag"):
            bob.open(encode_message(replace(parsed, membership_tag=tag)))


def test_a_proposal_signed_by_another_member(trio: Trio) -> None:
    alice, bob, carol = trio
    insider = Insider(alice)
    content = insider.content(CONTENT_PROPOSAL, encode_proposal(Remove(1)), member(carol.group.own_leaf))
    with refused("content-signature"):
        bob.open(insider.public(content, insider.sign(content, WIRE_PUBLIC_MESSAGE)))


def test_senders_outside_the_group(trio: Trio) -> None:
    alice, bob, _ = trio
    insider = Insider(alice)
    for sender in (Sender(SENDER_EXTERNAL, 0), Sender(SENDER_NEW_MEMBER_PROPOSAL)):
        message, _ = insider.proposal(Remove(2), sender)
        with refused("external-sender"):
            bob.open(message)
    message, _ = insider.proposal(Remove(2), Sender(SENDER_NEW_MEMBER_COMMIT))
    with refused("external-commit-content"):
        bob.open(message)


def test_a_message_opens_once(trio: Trio) -> None:
    alice, bob, _ = trio
    message = alice.send(b"once")
    assert bob.read(message) == b"once"
    with refused("message-key-used"):
        bob.open(message)


def test_our_own_messages(trio: Trio) -> None:
    alice, bob, _ = trio
    mine = alice.send(b"mine")
    with refused("own-message"):
        alice.open(mine)
    proposal, _ = Insider(alice).proposal(Remove(2))
    with refused("own-message"):
        alice.open(proposal)
    assert bob.read(mine) == b"mine"


def test_a_restored_vault_notices_messages_that_it_does_not_remember(trio: Trio) -> None:
    alice, bob, _ = trio
    backup = alice.rows.copy()
    sent = alice.send(b"after the backup")
    alice.rows = backup
    with refused("own-ratchet"):
        alice.open(sent)
    assert alice.rows.values == backup.values
    assert bob.read(sent) == b"after the backup"


def test_a_reinitialised_group_ends(trio: Trio) -> None:
    alice, bob, carol = trio
    message = Insider(alice).commit([ReInit(b"successor", MLS10, 1, ())], path=False).message
    for receiver in (bob, carol):
        staged = receiver.open(message)
        assert isinstance(staged, StagedCommit)
        assert staged.reinit == ReInit(b"successor", MLS10, 1, ())
        assert receiver.group.ended
    with pytest.raises(UserError) as caught:
        bob.send(b"too late")
    assert caught.value.code == "group-ended"
    with pytest.raises(UserError):
        bob.commit(CommitPlan())
    assert bob.group.ended
    insider = Insider(bob)
    content = insider.content(CONTENT_APPLICATION, b"too late")
    with refused("group-ended"):
        carol.open(insider.private(content, insider.sign(content, WIRE_PRIVATE_MESSAGE)))
    with refused("group-ended"):
        carol.open(insider.commit().message)


def test_T007_lists_in_lists_are_counted_inside_an_encrypted_message_too(trio: Trio) -> None:
    alice, bob, _ = trio
    insider = Insider(alice)
    extensions = GroupContextExtensions(tuple(Extension(kind, b"") for kind in range(MAX_EXTENSIONS)))
    body = Commit((extensions,) * (MAX_ELEMENTS // MAX_EXTENSIONS)).encode()
    content = insider.content(CONTENT_COMMIT, body)
    auth = replace(insider.sign(content, WIRE_PRIVATE_MESSAGE), confirmation_tag=bytes(32))
    with pytest.raises(PeerError) as caught:
        bob.open(insider.private(content, auth))
    assert caught.value.code == "too-large"


def test_a_proposal_is_kept_until_a_commit_names_it(trio: Trio) -> None:
    alice, bob, carol = trio
    message, reference = Insider(alice).proposal(Remove(2))
    opened = bob.open(message)
    assert isinstance(opened, Proposed)
    assert (opened.ref, opened.proposal, opened.sender) == (reference.ref, Remove(2), member(0))
    staged = bob.commit(CommitPlan(references=(opened.ref,)))
    assert staged.removed == (2,)
    assert not bob.rows.keys("e/0000000000000001/p/")
    with refused("unknown-proposal"):
        carol.open(staged.message)


@pytest.mark.parametrize("kind", ["welcome", "key package"])
def test_messages_that_are_not_for_a_group(trio: Trio, kind: str) -> None:
    alice, bob, _ = trio
    package = Party("dora").key_package().message
    other = alice.stage(CommitPlan(adds=(package,))).welcome if kind == "welcome" else package
    with pytest.raises(PeerError) as caught:
        bob.open(other or b"")
    assert caught.value.code == "malformed"
