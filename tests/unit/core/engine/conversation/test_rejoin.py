from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from coterie.core.engine.conversation import rejoin
from coterie.core.engine.ports import commands
from coterie.core.engine.state import groups
from coterie.core.engine.state.membership import asked_to_rejoin
from coterie.core.kernel.world import Entropy
from coterie.core.mls import commits
from coterie.core.mls.ratchet_tree import RatchetTree
from coterie.core.mls.treekem import NewPath, encrypt_path
from coterie.core.mls.update_path import UpdatePath
from coterie.core.wire import peer_frames
from coterie.testing import scenes, talking
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Node


def wrong_for(victim: int) -> Callable[..., UpdatePath]:
    """Makes update paths whose secret for one leaf is no secret at all; all others are right."""

    def encrypt(
        tree: RatchetTree, path: NewPath, excluded: frozenset[int], context: bytes, entropy: Entropy
    ) -> UpdatePath:
        made = encrypt_path(tree, path, excluded, context, entropy)
        nodes = []
        for (_, aside), node in zip(path.filtered, made.nodes, strict=True):
            readers = [reader for reader in tree.resolution(aside) if reader not in excluded]
            secrets = [
                replace(secret, ciphertext=bytes(len(secret.ciphertext))) if reader == 2 * victim else secret
                for reader, secret in zip(readers, node.secrets, strict=True)
            ]
            nodes.append(replace(node, secrets=tuple(secrets)))
        return replace(made, nodes=tuple(nodes))

    return encrypt


@contextmanager
def misbehaving(pipe: Pipe, steward: Node, victim: Node) -> Iterator[None]:
    """Commits that are made in here have a path that is wrong for the victim alone."""
    group_id = talking.conversation_of(steward, "group").group_id
    _, roster = groups.load(pipe.context(steward), group_id)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(commits, "encrypt_path", wrong_for(roster.leaves[scenes.device_id(victim)]))
        yield


def asked(pipe: Pipe, node: Node) -> bool:
    ctx = pipe.context(node)
    return asked_to_rejoin(ctx, talking.conversation_of(node, "group"), scenes.device_id(node)) is not None


def test_T028_a_path_wrong_for_one_member_is_seen_told_and_healed() -> None:
    pipe = Pipe()
    alice, bob, carol, _ = talking.quartet(pipe)
    talking.group(pipe, alice, "Bob", "Carol", "Dave")
    talking.say(pipe, bob, "Group", "before")
    pipe.advance(2_000)
    with misbehaving(pipe, alice, bob):
        pipe.do(alice, commands.RemoveFromGroup("Group", ("Dave",)))
    assert "path-mismatch" in talking.refusals(bob)
    assert scenes.events(bob, "rejoin")[0]["reason"] == "path-mismatch"
    assert talking.refusals(carol) == []

    pipe.advance(60_000)
    assert {talking.epoch(node) for node in (alice, bob, carol)} == {talking.epoch(alice)}
    assert not asked(pipe, bob)
    for node, text in ((alice, "a"), (bob, "b"), (carol, "c")):
        talking.say(pipe, node, "Group", text)
    for node in (alice, bob, carol):
        assert sorted(talking.texts(pipe, node, "Group")) == ["a", "b", "before", "c"]


def test_T028_what_the_victim_could_not_read_is_sent_again() -> None:
    pipe = Pipe()
    alice, bob, carol, _ = talking.quartet(pipe)
    talking.group(pipe, alice, "Bob", "Carol", "Dave")
    pipe.advance(2_000)
    with misbehaving(pipe, alice, bob):
        pipe.give(alice, commands.RemoveFromGroup("Group", ("Dave",)))
        pipe.run()
        sent = talking.say(pipe, carol, "Group", "in the epoch that Bob is not in")
        assert talking.texts(pipe, bob, "Group") == []
        receipts = {receipt.person: receipt.state for receipt in talking.state_of(pipe, carol, sent).receipts}
        assert receipts["Bob"] != "delivered"
    pipe.advance(60_000)
    assert talking.texts(pipe, bob, "Group") == ["in the epoch that Bob is not in"]
    assert talking.texts(pipe, alice, "Group") == ["in the epoch that Bob is not in"]
    assert talking.state_of(pipe, carol, sent).state == "delivered"


def test_T028_with_nobody_else_in_the_group_the_steward_makes_another_commit() -> None:
    pipe = Pipe()
    alice, bob, _ = scenes.trio(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    pipe.advance(2_000)
    with misbehaving(pipe, alice, bob):
        pipe.do(alice, commands.RemoveFromGroup("Group", ("Carol",)))
    assert "path-mismatch" in talking.refusals(bob)
    pipe.advance(60_000)
    assert talking.epoch(alice) == talking.epoch(bob)
    assert len(talking.leaves(pipe, bob)) == 2
    talking.say(pipe, alice, "Group", "hello again")
    assert talking.texts(pipe, bob, "Group") == ["hello again"]


def test_only_the_welcome_that_was_asked_for_ends_the_asking() -> None:
    pipe = Pipe()
    alice, bob, _ = scenes.trio(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    pipe.advance(2_000)
    ctx, conversation = pipe.context(bob), talking.conversation_of(bob, "group")
    record = bob.store.conversations.group(conversation.group_id)
    assert record is not None
    talking.part(pipe, (alice, bob))
    rejoin.ask(ctx, conversation, record, "test")
    old = talking.sent(alice, peer_frames.PARCEL)[0]
    pipe.inject(bob, next(iter(bob.wires)), peer_frames.PARCEL, old)
    assert asked(pipe, bob)
    talking.meet(pipe)
    pipe.advance(60_000)
    assert not asked(pipe, bob)
    assert talking.epoch(alice) == talking.epoch(bob) > record.epoch


def test_a_rejoin_survives_a_restart() -> None:
    pipe = Pipe()
    alice, bob, carol, _ = talking.quartet(pipe)
    talking.group(pipe, alice, "Bob", "Carol", "Dave")
    pipe.advance(2_000)
    with misbehaving(pipe, alice, bob):
        pipe.give(alice, commands.RemoveFromGroup("Group", ("Dave",)))
        pipe.settle()
    for node in (alice, bob, carol):
        pipe.stop(node)
    for node in (alice, bob, carol):
        pipe.start(node)
    pipe.run()
    pipe.advance(60_000)
    talking.say(pipe, carol, "Group", "all here")
    assert talking.texts(pipe, bob, "Group") == ["all here"]


def test_T028_more_than_three_times_an_hour_nobody_is_made_to_ask() -> None:
    pipe = Pipe()
    alice, bob, _ = scenes.trio(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    pipe.advance(2_000)
    talking.part(pipe, (alice, bob))

    def ask() -> int:
        conversation = talking.conversation_of(bob, "group")
        record = bob.store.conversations.group(conversation.group_id)
        assert record is not None
        rejoin.ask(pipe.context(bob), conversation, record, "test")
        return len(scenes.events(bob, "rejoin"))

    assert [ask() for _ in range(5)] == [1, 2, 3, 3, 3]
    pipe.advance(60 * 60 * 1_000)
    assert ask() == 4
