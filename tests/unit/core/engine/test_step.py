"""The one entry point: what a step keeps when it fails, and what it looks after when it does not."""

import typing
from dataclasses import replace

import pytest

from coterie.core.engine import step
from coterie.core.engine.ports import commands, effects, inputs
from coterie.core.engine.ports.inputs import Closed, Received, Timer
from coterie.core.engine.step import Engine
from coterie.core.kernel.errors import CoterieError, UserError
from coterie.core.kernel.ids import EndpointId
from coterie.core.wire import peer_frames
from coterie.core.wire.link_states import LinkFrame
from coterie.testing import scenes, talking
from coterie.testing.pipe import START, Pipe
from coterie.testing.pipe_parts import Node


def engine_of(node: Node) -> Engine:
    assert isinstance(node.engine, Engine)
    return node.engine


def conn_of(pipe: Pipe, node: Node, other: Node) -> int:
    link = pipe.context(node).links.to(scenes.circle_id(node), scenes.device_id(other))
    assert link is not None
    return link.conn


def test_every_command_and_every_input_has_somebody_who_handles_it() -> None:
    handled_by_step = {Received, Timer}
    wanted = {*typing.get_args(commands.Command), *typing.get_args(inputs.Input)} - handled_by_step
    assert wanted
    assert wanted == set(step.HANDLERS)


def test_an_event_is_announced_last_and_only_where_one_was_written() -> None:
    pipe = Pipe()
    alice = pipe.node("alice")
    engine = engine_of(alice)
    alice.vault.begin()
    made = engine.step(alice.store, commands.CreateCircle("Club", "Alice", scenes.FAST_SUITE), START)
    asked = engine.step(alice.store, commands.ListCircles(), START)
    alice.vault.commit()
    assert effects.Notify() not in asked.effects
    assert made.effects.count(effects.Notify()) == (1 if alice.store.events.last_id() else 0)


def test_a_failed_step_drops_what_was_read_and_keeps_the_links() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    memory = pipe.context(alice).memory
    conn = conn_of(pipe, alice, bob)
    assert memory.caches
    with pytest.raises(UserError):
        pipe.do(alice, commands.SendMessage("Nobody", "hello"))
    assert not memory.caches
    assert conn_of(pipe, alice, bob) == conn


@pytest.mark.parametrize("type_", [LinkFrame.HELLO, LinkFrame.INTRODUCTION, 0xFF])
def test_A3_a_stranger_who_is_refused_makes_us_read_nothing_anew(type_: int) -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    memory = pipe.context(alice).memory
    link = memory.links.get(conn_of(pipe, alice, bob))
    assert link is not None
    pipe.knock(alice, scenes.circle_id(alice), EndpointId(bytes(32)), type_, b"hello")
    before, heard = dict(memory.caches), dict(link.heard_objects)
    assert before
    assert heard
    pipe.knock(alice, scenes.circle_id(alice), EndpointId(bytes(32)), type_, b"hello")
    assert len(alice.errors) == 2
    assert all(memory.caches.get(key) is value for key, value in before.items())
    assert link.heard_objects == heard


def test_a_bug_drops_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = Pipe()
    alice = pipe.node("alice")
    scenes.found(pipe, alice)

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(step, "HANDLERS", {commands.ListCircles: broken})
    memory = pipe.context(alice).memory
    memory.caches["test", b""] = 1
    with pytest.raises(ZeroDivisionError):
        pipe.do(alice, commands.ListCircles())
    assert not memory.caches


def test_an_unknown_frame_is_passed_over_and_a_broken_one_ends_the_connection() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    before = conn_of(pipe, bob, alice)
    pipe.inject(bob, before, 0xEE, b"whatever comes later")
    assert conn_of(pipe, bob, alice) == before
    assert bob.errors == []
    pipe.inject(bob, before, peer_frames.ACK, b"\x01")
    assert [error.code for error in bob.errors] == ["malformed"]
    assert pipe.context(bob).links.get(before) is None


def test_T025_a_frame_on_a_connection_that_is_no_link_is_a_handshake_or_nothing() -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    stored = alice.store.events.last_id()
    alice.vault.begin()
    outcome = engine_of(alice).step(alice.store, Received(9_999, peer_frames.ENVELOPE, bytes(100)), START)
    alice.vault.rollback()
    assert outcome.effects == (effects.CloseConnection(9_999, "over"),)
    assert alice.store.events.last_id() == stored


def test_who_is_only_introduced_is_not_listened_to_about_conversations() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    talking.say(pipe, alice, "Bob", "hello")
    conversation = talking.conversation_of(bob)
    body = talking.forge(pipe, bob, conversation, b"")
    conn = conn_of(pipe, alice, bob)
    link = pipe.context(alice).links.get(conn)
    assert link is not None
    link.admitted = False
    effects_before = len(alice.effects)
    pipe.inject(alice, conn, peer_frames.ENVELOPE, body)
    assert alice.effects[effects_before:] == []
    link.admitted = True
    pipe.inject(alice, conn, peer_frames.ENVELOPE, body)
    assert alice.effects[effects_before:] != []


@pytest.mark.parametrize("name", ["", "nothing", "circle/", "circle/nothing", "conversation/nothing"])
def test_a_timer_that_nobody_knows_any_more_is_nothing_or_a_coded_error(name: str) -> None:
    pipe = Pipe()
    alice = pipe.node("alice")
    scenes.found(pipe, alice)
    try:
        pipe.give(alice, Timer(name))
    except CoterieError as error:
        pytest.fail(f"a late timer is no error: {error.code}")


def test_a_connection_that_ended_unknown_to_us_is_nothing() -> None:
    pipe = Pipe()
    alice = pipe.node("alice")
    before = len(alice.effects)
    pipe.give(alice, Closed(77))
    assert alice.effects[before:] == []


def test_what_was_going_on_is_derived_again_from_the_rows() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    pipe.stop(bob)
    alice.vault.begin()
    fresh = Engine(alice.entropy)
    first = fresh.resume(alice.store, pipe.now)
    again = Engine(alice.entropy).resume(alice.store, pipe.now)
    alice.vault.rollback()
    opened = [effect for effect in first if isinstance(effect, effects.OpenEndpoint)]
    watched = [effect for effect in first if isinstance(effect, effects.WatchPeer)]
    assert {effect.door for effect in opened} == {False, True}  # the invitation is answered until it expires
    assert [effect.device_id for effect in watched] == [scenes.device_id(bob)]
    assert [type(effect) for effect in first] == [type(effect) for effect in again]


def test_each_run_has_a_boot_id_of_its_own() -> None:
    node = Pipe().node("alice")
    assert Engine(node.entropy).memory.boot_id != Engine(node.entropy).memory.boot_id


def test_T037_an_old_copy_answers_no_frame_any_more_even_before_its_links_are_closed() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    talking.say(pipe, alice, "Bob", "hello")
    circle = bob.store.circles.all()[0]
    bob.store.circles.update(replace(circle, state="restored"))
    pipe.context(bob).memory.caches.clear()
    before = len(bob.effects)
    body = talking.sent(alice, peer_frames.ENVELOPE)[-1]
    pipe.give(bob, Received(talking.conn_to(bob, alice), peer_frames.ENVELOPE, body))
    assert bob.effects[before:] == []
