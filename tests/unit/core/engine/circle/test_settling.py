from coterie.core.crypto.signing import complete
from coterie.core.engine.circle import settling, sync
from coterie.core.engine.ports import commands
from coterie.core.engine.state import circle_states
from coterie.core.engine.state.identity import signer
from coterie.core.kernel.ids import ConversationId, from_base32
from coterie.core.trust.circle_bodies import Grant, RoleChange
from coterie.core.trust.conversation_bodies import ConversationCut
from coterie.core.trust.objects import Decision, sign_decision, stored_object
from coterie.core.trust.roles import Kind, Role
from coterie.testing import scenes
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Node


def two_faced(pipe: Pipe, node: Node) -> tuple[Decision, Decision]:
    """Two decisions of one node with one serial."""
    ctx, circle_id = pipe.context(node), scenes.circle_id(node)
    place = circle_states.known(ctx, circle_id, circle_id).place(scenes.device_id(node))
    key = node.store.circles.keys(circle_id, "endpoint")[0].public
    bodies = [Grant(key, Role.MEMBER, Kind.PERSON, expiry, False) for expiry in (1, 2)]
    one, other = (complete(sign_decision(place, body, ctx.now), signer(ctx, circle_id)) for body in bodies)
    return one, other


def decisions_of(node: Node, issuer: Node) -> list[Decision]:
    stored = node.store.objects.decisions(scenes.circle_id(node))
    found = [stored_object(item.data) for item in stored if item.issuer == scenes.device_id(issuer)]
    return [item for item in found if isinstance(item, Decision)]


def test_a_senior_settles_a_fork_of_somebody_below_at_once() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    circle_id = scenes.circle_id(alice)
    one, other = two_faced(pipe, bob)
    pipe.cut()
    pipe.stop(bob)
    ctx = pipe.context(alice)
    sync.take(ctx, circle_id, circle_id, [one.raw, other.raw], None)
    assert scenes.events(alice, "evidence")
    assert circle_states.circle_state(ctx, circle_id).unsettled
    settling.settle(ctx, circle_id, circle_id)
    state = circle_states.circle_state(ctx, circle_id)
    assert not state.unsettled
    assert isinstance(decisions_of(alice, alice)[-1].body, RoleChange)
    assert state.counts(one.id)
    assert not state.counts(other.id)
    settling.settle(ctx, circle_id, circle_id)
    assert circle_states.circle_state(ctx, circle_id) is state


def test_the_proof_of_a_fork_is_kept() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    circle_id = scenes.circle_id(alice)
    one, other = two_faced(pipe, bob)
    sync.take(pipe.context(alice), circle_id, circle_id, [one.raw], None)
    sync.take(pipe.context(alice), circle_id, circle_id, [other.raw], None)
    assert [{first, second} for _, first, second in alice.store.objects.evidence(circle_id)] == [{one.raw, other.raw}]


def test_nobody_settles_what_is_not_theirs() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    circle_id = scenes.circle_id(alice)
    count = len(decisions_of(carol, carol))
    one, other = two_faced(pipe, bob)
    pipe.stop(alice)
    ctx = pipe.context(carol)
    sync.take(ctx, circle_id, circle_id, [one.raw, other.raw], None)
    settling.settle(ctx, circle_id, circle_id)
    assert len(decisions_of(carol, carol)) == count


def test_an_admin_ends_the_chains_of_who_left_the_circle() -> None:
    pipe = Pipe()
    alice, bob, _ = scenes.trio(pipe)
    made = pipe.do(alice, commands.CreateGroup("Plans", ("Bob", "Carol")))
    scope = ConversationId(from_base32(str(getattr(made, "id"))))  # noqa: B009
    pipe.run()
    pipe.do(alice, commands.RemovePerson("Bob"))
    found = [stored_object(item.data).body for item in alice.store.objects.decisions(scope)]
    cuts = [body for body in found if isinstance(body, ConversationCut)]
    assert all(scenes.device_id(bob) in [entry.issuer for entry in cut.cut] for cut in cuts)
