from dataclasses import replace

import pytest

from coterie.core.engine.circle import key_packages
from coterie.core.engine.conversation import branches, left_behind, mend, position, refound, timers, uninvited
from coterie.core.engine.delivery import expiry, passing_on, reports
from coterie.core.engine.ports import commands
from coterie.core.engine.ports.conversations import Conversation
from coterie.core.engine.ports.effects import SetTimer, Transmit
from coterie.core.engine.state.context import Context, Memory
from coterie.core.kernel.ids import to_base32
from coterie.core.kernel.world import Instant
from coterie.core.trust.facts import Position
from coterie.core.trust.object_types import ObjectType
from coterie.core.trust.objects import stored_object
from coterie.core.wire import peer_frames
from coterie.testing import scenes, talking
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Node

PREFIXES = sorted(timers.HANDLERS)


def name_of(prefix: str, conversation: Conversation) -> str:
    return prefix + to_base32(conversation.conversation_id)


def set_timers(ctx: Context) -> dict[str, Instant]:
    return {effect.name: effect.at for effect in ctx.effects if isinstance(effect, SetTimer)}


def positions(node: Node, conversation: Conversation) -> list[Position]:
    """What this node told of itself."""
    scope = conversation.conversation_id
    stored = node.store.objects.fact(scope, scenes.device_id(node), ObjectType.POSITION, scope)
    body = stored_object(stored.data).body if stored is not None else None
    return [body] if isinstance(body, Position) else []


def owing(pipe: Pipe) -> tuple[Node, Node, Conversation]:
    """Bob has read what Alice said, and has not told her yet."""
    alice, bob = scenes.pair(pipe)
    talking.say(pipe, alice, "Bob", "hello")
    talking.entries(pipe, bob, "Alice", read=True)
    return alice, bob, talking.conversation_of(bob)


def restart(pipe: Pipe, *nodes: Node) -> None:
    for node in nodes:
        pipe.stop(node)
    for node in nodes:
        pipe.start(node)
    pipe.run()


def test_every_timer_is_known_by_the_beginning_of_its_name_and_none_is_the_circles() -> None:
    ours = {branches.TIMER, mend.TIMER, position.TIMER, left_behind.TIMER, refound.TIMER, uninvited.TIMER}
    assert sorted({reports.TIMER, passing_on.DIGESTS.timer, *ours}) == PREFIXES
    assert all(prefix.endswith("/") and not prefix.startswith("circle/") for prefix in (*PREFIXES, expiry.TIMER + "/"))


@pytest.mark.parametrize(
    "name", [prefix + to_base32(bytes(32)) for prefix in PREFIXES] + ["delivery/nothing/aa", "x", ""]
)
def test_a_timer_of_what_is_gone_or_of_nobody_does_nothing(name: str) -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    ctx = pipe.context(alice)
    timers.timer(ctx, name)
    assert ctx.effects == []


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("state", ["left", "removed", "restored"])
def test_in_a_circle_that_is_over_for_us_no_timer_says_anything(prefix: str, state: str) -> None:
    pipe = Pipe()
    _, bob, conversation = owing(pipe)
    bob.store.circles.update(replace(bob.store.circles.all()[0], state=state))
    ctx = pipe.context(bob)
    ctx.memory.caches.clear()
    for link in ctx.links.of_circle(conversation.circle_id):
        link.told.clear()
    timers.timer(ctx, name_of(prefix, conversation))
    assert ctx.effects == []
    assert talking.conversation_of(bob).next_number == conversation.next_number


def test_the_sweep_of_what_is_too_old_plans_the_next_one() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    talking.part(pipe, (alice, bob))
    sent = talking.say(pipe, alice, "Bob", "nobody fetches this")
    ctx = pipe.context(alice)
    timers.timer(ctx, expiry.TIMER)
    assert set_timers(ctx) == {expiry.TIMER: pipe.now + expiry.EVERY}
    late = Context(ctx.store, Instant(pipe.now + 22 * 24 * 3_600_000), ctx.entropy, ctx.memory)
    timers.timer(late, expiry.TIMER)
    assert talking.state_of(pipe, alice, sent).state == "expired"


def test_a_report_that_is_owed_goes_out_once() -> None:
    pipe = Pipe()
    alice, bob, conversation = owing(pipe)
    ctx = pipe.context(bob)
    for _ in range(2):
        timers.timer(ctx, name_of(reports.TIMER, talking.conversation_of(bob)))
    [envelope] = [effect for effect in ctx.effects if isinstance(effect, Transmit)]
    assert envelope.type == peer_frames.ENVELOPE
    assert bob.store.messages.reports(conversation.conversation_id) == []
    talking.meet(pipe)
    assert talking.entries(pipe, alice, "Bob")[0].state == "read"


def test_a_report_waits_while_the_group_is_not_what_the_objects_say() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    pipe.advance(8_000)
    talking.say(pipe, bob, "Group", "please read this")
    talking.part(pipe, (alice, bob), (alice, carol))
    pipe.do(alice, commands.RemoveFromGroup("Group", ("Carol",)))
    talking.entries(pipe, alice, "Group", read=True)
    ctx, conversation = pipe.context(alice), talking.conversation_of(alice, "group")
    timers.timer(ctx, name_of(reports.TIMER, conversation))
    assert set_timers(ctx) == {name_of(reports.TIMER, conversation): pipe.now + reports.PAUSE_GROUP}
    assert len(alice.store.messages.reports(conversation.conversation_id)) == 1
    assert talking.conversation_of(alice, "group").next_number == conversation.next_number
    talking.meet(pipe)
    pipe.advance(60_000)
    receipts = {receipt.person: receipt.state for receipt in talking.entries(pipe, bob, "Group")[0].receipts}
    assert receipts["Alice"] == "read"


def test_what_is_owed_to_nobody_any_more_is_forgotten_and_wakes_us_no_more() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    talking.say(pipe, bob, "Alice", "hello")
    talking.entries(pipe, alice, "Bob", read=True)
    pipe.do(alice, commands.RemovePerson("Bob"))
    ctx, conversation = pipe.context(alice), talking.conversation_of(alice)
    timers.timer(ctx, name_of(reports.TIMER, conversation))
    assert ctx.effects == []
    assert alice.store.messages.reports(conversation.conversation_id) == []


def test_a_commit_that_came_too_soon_after_another_is_made_when_its_timer_is_due() -> None:
    pipe = Pipe()
    alice, _, _, dave = talking.quartet(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    pipe.do(alice, commands.AddToGroup("Group", ("Dave",)))
    pipe.do(alice, commands.RemoveFromGroup("Group", ("Dave",)))
    name = name_of(mend.TIMER, talking.conversation_of(alice, "group"))
    assert scenes.device_id(dave) in talking.leaves(pipe, alice)
    assert alice.timers[name] == pipe.now + mend.PAUSE
    pipe.advance(mend.PAUSE)
    assert scenes.device_id(dave) not in talking.leaves(pipe, alice)
    assert name not in alice.timers


def test_our_position_and_digests_are_told_when_their_timers_are_due() -> None:
    pipe = Pipe()
    alice, bob, _ = scenes.trio(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    conversation = talking.conversation_of(bob, "group")
    assert positions(bob, conversation) == []
    timers.timer(pipe.context(bob), name_of(position.TIMER, conversation))
    [told] = positions(bob, conversation)
    assert (told.group_id, told.epoch) == (conversation.group_id, talking.epoch(bob))
    ctx = pipe.context(alice)
    ctx.memory.caches[passing_on.DIGESTS.timer, conversation.conversation_id] = (0, 0)
    timers.timer(ctx, name_of(passing_on.DIGESTS.timer, conversation))
    assert (passing_on.DIGESTS.timer, conversation.conversation_id) not in ctx.memory.caches


def test_after_a_start_what_waited_is_sent_and_what_is_owed_is_told() -> None:
    pipe = Pipe()
    alice, bob, _ = owing(pipe)
    scenes.found(pipe, alice, pseudonym="Alicia", name="Other")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(key_packages, "package_for", lambda *_: None)
        talking.group(pipe, alice, "Bob")
        waiting = talking.say(pipe, alice, "Group", "before the crash")
    assert waiting.reason == "no-device"
    timers.resume(Context(alice.store, pipe.now, alice.entropy, Memory(b"boot")))
    assert alice.store.messages.unsent_count() == 0
    restart(pipe, alice, bob)
    assert bob.timers[expiry.TIMER] == pipe.now + expiry.EVERY
    pipe.advance(10_000)
    assert talking.texts(pipe, bob, "Group") == ["before the crash"]
    assert talking.entries(pipe, alice, "Bob")[0].state == "read"


def test_a_position_that_a_crash_kept_from_being_told_is_told_after_the_start_and_only_then() -> None:
    pipe = Pipe()
    alice, bob, _ = scenes.trio(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    conversation = talking.conversation_of(bob, "group")
    restart(pipe, bob)
    pipe.advance(position.PAUSE)
    [told] = positions(bob, conversation)
    assert told.epoch == talking.epoch(bob)
    pipe.advance(10_000)
    again = Context(bob.store, pipe.now, bob.entropy, Memory(b"boot"))
    timers.resume(again)
    assert name_of(position.TIMER, conversation) not in set_timers(again)


def test_to_start_again_and_again_changes_nothing() -> None:
    pipe = Pipe()
    alice, bob, _ = owing(pipe)
    for _ in range(3):
        restart(pipe, alice, bob)
    pipe.advance(10_000)
    assert talking.texts(pipe, bob, "Alice") == talking.texts(pipe, alice, "Bob") == ["hello"]
    assert talking.conversation_of(alice).next_number == 2
    assert talking.conversation_of(bob).next_number == 2
