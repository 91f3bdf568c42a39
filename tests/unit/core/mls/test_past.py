"""Past epochs: late messages open, once; nothing else of an old epoch can be done; what is forgotten is gone."""

import pytest

from coterie.core.kernel.errors import PeerError
from coterie.core.mls.commits import CommitPlan
from coterie.core.mls.own_leaf import basic_leaf
from coterie.core.mls.past import forget_epoch, forget_sender, leave, load_past, open_past, past_epochs
from coterie.core.mls.proposal import Remove
from coterie.core.mls.propose import propose, propose_update
from coterie.core.mls.ratchets import epoch_prefix
from coterie.core.mls.state import Overlay
from coterie.testing.mls_party import Party, parties
from coterie.testing.mls_refusals import refused
from tests.unit.core.mls.test_open_message import sealed_by

Trio = tuple[Party, Party, Party]


def everybody_moves(committer: Party, *others: Party, plan: CommitPlan | None = None) -> None:
    message = committer.commit(plan or CommitPlan()).message
    for other in others:
        other.open(message)


def test_a_late_message_opens_once_and_shows_its_sender_as_it_was(trio: Trio) -> None:
    alice, bob, carol = trio
    late = [bob.send(f"late {number}".encode()) for number in range(3)]
    everybody_moves(alice, bob, carol)
    for number in (2, 0, 1):
        opened = open_past(alice.rows, late[number])
        assert opened.plaintext == f"late {number}".encode()
        assert opened.sender == bob.group.own_leaf
        assert opened.credential.identity.startswith(b"bob.")
        assert opened.context.epoch == 1
        alice.rows.write(opened.delta)
        with refused("message-key-used"):
            open_past(alice.rows, late[number])
    assert carol.rows.keys("e/0000000000000001/")


def test_messages_of_the_old_epoch_may_come_between_staging_and_applying(trio: Trio) -> None:
    alice, bob, _ = trio
    first, second = bob.send(b"first"), bob.send(b"second")
    staged = alice.stage(CommitPlan())
    assert alice.read(first) == b"first"
    alice.rows.write(staged.delta)
    with refused("message-key-used"):
        open_past(alice.rows, first)
    assert open_past(alice.rows, second).plaintext == b"second"


def kinds_of_rows(party: Party, epoch: int) -> set[str]:
    prefix = epoch_prefix(epoch)
    return {key.removeprefix(prefix).split("/")[0] for key in party.rows.keys(prefix)}


def test_only_message_keys_are_kept_of_a_past_epoch(trio: Trio) -> None:
    """Also when proposals waited, one of them our own Update, and when a handshake message was lost."""
    alice, bob, carol = trio
    secrets = alice.group.secrets
    for _ in ("lost", "arrives"):
        sent = bob.sign(propose(bob.group, bob.rows, Remove(2), entropy=bob.entropy))
        bob.rows.write(sent.delta)
    alice.open(sent.message)
    alice.rows.write(alice.sign(propose_update(alice.group, alice.rows, entropy=alice.entropy)).delta)
    assert kinds_of_rows(alice, 1) >= {"h", "H", "p", "u", "w"}
    everybody_moves(bob, alice, carol)
    held = b"".join(alice.rows.values.values())
    for name in ("init", "exporter", "external", "confirmation", "membership", "resumption", "authenticator"):
        assert getattr(secrets, name) not in held
    assert kinds_of_rows(alice, 1) <= {"past", "t", "a", "A"}
    past = load_past(alice.rows, 1)
    assert past is not None
    assert not past.ratchets.has_keys(alice.rows, past.own_leaf)


def test_nothing_can_be_sent_in_a_past_epoch(trio: Trio) -> None:
    alice, bob, carol = trio
    before = alice.group
    everybody_moves(bob, alice, carol)
    with pytest.raises(PeerError) as caught:
        before.ratchets.take_next(alice.rows, before.own_leaf, False)
    assert caught.value.code == "message-key-used"


def test_the_signer_of_the_old_epoch_is_asked_for_not_who_stands_there_now(trio: Trio) -> None:
    alice, bob, carol = trio
    late = carol.send(b"before I changed my key")
    fresh = Party("carol again")
    leaf = basic_leaf(carol.suite, b"carol".ljust(64, b"."), fresh.signer.public_key)
    staged_by_new_key = carol
    staged_by_new_key.signer = fresh.signer
    with refused("content-signature"):
        alice.open(carol.stage(CommitPlan(leaf=leaf)).message)
    everybody_moves(alice, bob, plan=CommitPlan(removes=(2,)))
    opened = open_past(alice.rows, late)
    assert opened.plaintext == b"before I changed my key"


def test_a_removed_senders_last_words_can_still_be_read(trio: Trio) -> None:
    alice, bob, carol = trio
    late = carol.send(b"goodbye")
    everybody_moves(alice, bob, plan=CommitPlan(removes=(2,)))
    everybody_moves(bob, alice)
    dora = Party("dora")
    package = dora.key_package()
    everybody_moves(alice, bob, plan=CommitPlan(adds=(package.message,)))
    assert alice.group.members()[2][1].credential.identity.startswith(b"dora")
    assert open_past(bob.rows, late).credential.identity.startswith(b"carol.")


def test_a_leaf_that_was_blank_then_sends_nothing_then(trio: Trio) -> None:
    alice, bob, carol = trio
    past = alice.group
    dora = Party("dora")
    package = dora.key_package()
    everybody_moves(alice, bob, carol, plan=CommitPlan(adds=(package.message,)))
    kept = load_past(bob.rows, 1)
    assert kept is not None
    assert [leaf for leaf in range(4) if kept.was_member(leaf)] == [0, 1, 2]
    assert past.member(3) is None


def test_T030_who_came_later_sends_nothing_in_an_epoch_before(trio: Trio) -> None:
    """A member of that epoch has the keys of every leaf, and the newcomer the signature key of this one."""
    alice, bob, carol = trio
    dora = Party("dora")
    forged = sealed_by(alice, bob, 3, dora)
    everybody_moves(alice, bob, carol, plan=CommitPlan(adds=(dora.key_package().message,)))
    with refused("sender-not-a-member"):
        open_past(bob.rows, forged)


def test_T022_a_late_message_signed_by_another_member(trio: Trio) -> None:
    alice, bob, carol = trio
    forged = sealed_by(alice, bob, carol.group.own_leaf, alice)
    everybody_moves(bob, alice, carol)
    with refused("content-signature"):
        open_past(bob.rows, forged)


def test_a_late_message_is_for_one_group(trio: Trio) -> None:
    alice, bob, carol = trio
    other, friend = Party("other"), Party("friend")
    other.create(b"another")
    package = friend.key_package()
    friend.join(other.commit(CommitPlan(adds=(package.message,))).welcome, package)
    late = other.send(b"hello")
    assert other.group.epoch == alice.group.epoch
    everybody_moves(alice, bob, carol)
    with refused("wrong-group"):
        open_past(bob.rows, late)


def test_T004_nothing_in_clear_is_opened_late(trio: Trio) -> None:
    alice, bob, carol = trio
    in_clear = carol.stage(CommitPlan(), public=True).message
    everybody_moves(alice, bob, carol)
    for message in (in_clear, Party("dora").key_package().message):
        with pytest.raises(PeerError) as caught:
            open_past(bob.rows, message)
        assert caught.value.code == "malformed"


def test_of_two_who_followed_each_other_on_a_leaf_the_right_one_has_signed(trio: Trio) -> None:
    alice, bob, carol = trio
    from_carol = carol.send(b"carol")
    everybody_moves(alice, bob, plan=CommitPlan(removes=(2,)))
    dora = Party("dora")
    package = dora.key_package()
    added = alice.commit(CommitPlan(adds=(package.message,)))
    bob.open(added.message)
    dora.join(added.welcome, package)
    from_dora = dora.send(b"dora")
    everybody_moves(alice, bob, plan=CommitPlan(removes=(2,)))
    assert open_past(bob.rows, from_carol).credential.identity.startswith(b"carol.")
    assert open_past(bob.rows, from_dora).credential.identity.startswith(b"dora.")


def test_handshakes_and_other_epochs_are_past(trio: Trio) -> None:
    alice, bob, carol = trio
    rival = carol.stage(CommitPlan()).message
    everybody_moves(bob, alice, carol)
    for message in (rival, alice.send(b"now")):
        with refused("past-epoch"):
            open_past(alice.rows, message)
    with refused("past-epoch"):
        open_past(alice.rows, bob.send(b"now"))


def test_our_own_messages_stay_closed(trio: Trio) -> None:
    alice, bob, carol = trio
    mine = alice.send(b"mine")
    everybody_moves(bob, alice, carol)
    with refused("own-message"):
        open_past(alice.rows, mine)


def test_a_forgotten_sender_is_gone_alone(trio: Trio) -> None:
    alice, bob, carol = trio
    from_bob, from_carol = bob.send(b"bob"), carol.send(b"carol")
    everybody_moves(alice, bob, carol)
    alice.rows.write(forget_sender(alice.rows, 1, bob.group.own_leaf))
    with refused("message-key-used"):
        open_past(alice.rows, from_bob)
    assert open_past(alice.rows, from_carol).plaintext == b"carol"
    assert past_epochs(alice.rows) == (0, 1) or past_epochs(alice.rows) == (1,)
    alice.rows.write(forget_sender(alice.rows, 1, carol.group.own_leaf))
    assert 1 not in past_epochs(alice.rows)
    assert not alice.rows.keys("e/0000000000000001/")


def test_forgetting_twice_or_somebody_else_changes_nothing(trio: Trio) -> None:
    alice, bob, carol = trio
    everybody_moves(alice, bob, carol)
    assert forget_sender(alice.rows, 9, 1).changes == ()
    assert forget_sender(alice.rows, 1, 3).changes == ()
    assert forget_epoch(alice.rows, 9).changes == ()
    assert forget_epoch(alice.rows, alice.group.epoch).changes == ()


def test_signers_go_with_the_last_epoch_that_needs_them(trio: Trio) -> None:
    alice, bob, carol = trio
    everybody_moves(alice, bob, plan=CommitPlan(removes=(2,)))
    everybody_moves(bob, alice)
    assert alice.rows.keys("s/")
    alice.rows.write(forget_epoch(alice.rows, 2))
    assert alice.rows.keys("s/")
    alice.rows.write(forget_epoch(alice.rows, 1))
    assert not alice.rows.keys("s/")
    assert carol.group.epoch == 1


def test_an_epoch_alone_leaves_nothing_behind() -> None:
    alice, bob = parties("alice", "bob")
    assert past_epochs(alice.rows) == ()
    assert past_epochs(bob.rows) == ()


def test_leaving_deletes_every_row(trio: Trio) -> None:
    alice, bob, carol = trio
    everybody_moves(alice, bob, carol)
    everybody_moves(alice, bob, plan=CommitPlan(removes=(2,)))
    delta = leave(bob.rows)
    assert Overlay(bob.rows, delta).keys("") == []
