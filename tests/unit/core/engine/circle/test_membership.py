import pytest

from coterie.core.crypto.signing import complete
from coterie.core.engine.circle import sync
from coterie.core.engine.ports import commands
from coterie.core.engine.ports.effects import CloseEndpoint, ForgetPeer
from coterie.core.engine.state import circle_states
from coterie.core.engine.state.identity import require_active, signer
from coterie.core.kernel.errors import UserError
from coterie.core.trust.circle_bodies import Grant
from coterie.core.trust.objects import sign_decision
from coterie.core.trust.roles import Kind, Role
from coterie.testing import scenes
from coterie.testing.pipe import Pipe


def test_who_is_removed_learns_it_and_falls_silent() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    pipe.do(alice, commands.RemovePerson("Bob"))
    assert bob.store.circles.all()[0].state == "removed"
    assert scenes.events(bob, "circle-removed")
    assert not pipe.linked(alice, bob)
    assert not pipe.linked(carol, bob)
    assert pipe.linked(alice, carol)
    assert any(isinstance(effect, CloseEndpoint) for effect in bob.effects)
    assert not bob.watches


def test_everybody_else_ends_their_links_to_the_removed_and_dials_no_more() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    pipe.do(alice, commands.RemovePerson("Bob"))
    for node in (alice, carol):
        assert ForgetPeer(scenes.circle_id(alice), scenes.device_id(bob)) in node.effects
        assert [watch.device_id for watch in node.watches.values()] != []
        assert scenes.device_id(bob) not in [watch.device_id for watch in node.watches.values()]
        assert scenes.people(pipe, node)["Bob"].state == "removed"


def test_T030_the_removed_gets_no_object_that_follows() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    pipe.do(alice, commands.RemovePerson("Bob"))
    count = bob.store.objects.decision_count(scenes.circle_id(bob))
    pipe.do(alice, commands.SetRole("Carol", "admin"))
    pipe.advance(10_000)
    assert bob.store.objects.decision_count(scenes.circle_id(bob)) == count
    assert carol.store.objects.decision_count(scenes.circle_id(bob)) == count + 1


def test_T030_what_the_removed_signs_afterwards_is_void() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    circle_id = scenes.circle_id(bob)
    ctx = pipe.context(bob)
    place = circle_states.known(ctx, circle_id, circle_id).place(scenes.device_id(bob))
    body = Grant(alice.store.circles.keys(circle_id, "endpoint")[0].public, Role.MEMBER, Kind.PERSON, 1, False)
    backdated = complete(sign_decision(place, body, ctx.now), signer(ctx, circle_id))
    pipe.do(alice, commands.RemovePerson("Bob"))
    inside = pipe.context(alice)
    sync.take(inside, circle_id, circle_id, [backdated.raw], None)
    state = circle_states.circle_state(inside, circle_id)
    assert backdated.id in state.void
    assert backdated.id not in state.grants


def test_T030_the_removed_can_decide_nothing_any_more() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    pipe.do(alice, commands.RemovePerson("Bob"))
    with pytest.raises(UserError) as caught:
        pipe.do(bob, commands.CreateInvitation(scenes.CIRCLE))
    assert caught.value.code == "not-a-member"
    with pytest.raises(UserError):
        require_active(pipe.context(bob), scenes.circle_id(bob))


def test_the_removed_cannot_come_back_on_a_new_connection() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    pipe.apart.add(frozenset(("alice", "bob")))
    pipe.cut()
    pipe.do(alice, commands.RemovePerson("Bob"))
    pipe.apart.clear()
    count = len(pipe.log)
    pipe.run()
    pipe.run()
    assert not pipe.linked(alice, bob)
    assert {frame.source.name for frame in pipe.log[count:]} <= {"bob"}


def test_the_human_may_be_invited_anew_as_another_person() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    before = scenes.person_id(bob)
    pipe.do(alice, commands.RemovePerson("Bob"))
    assert scenes.join(pipe, bob, scenes.invite(pipe, alice).link, "Bob").state == "joined"
    assert scenes.person_id(bob) != before
    assert len(bob.store.circles.all()) == 1
    pipe.run()
    assert pipe.linked(alice, bob)
    shown = scenes.people(pipe, alice)
    assert shown["Bob"].state == "active"
    assert [person.state for name, person in shown.items() if name.startswith("Bob~")] == ["removed"]


def test_events_say_who_came_and_went() -> None:
    pipe = Pipe()
    alice, _, carol = scenes.trio(pipe)
    pipe.do(alice, commands.SetRole("Bob", "guest"))
    pipe.do(alice, commands.RemovePerson("Bob"))
    assert len(scenes.events(carol, "person-removed")) == 1
    assert scenes.events(carol, "person-role")[-1]["role"] == "guest"
    assert len(scenes.events(alice, "person-joined")) == 2


def test_an_object_of_our_own_that_we_never_made_stops_the_circle() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    circle_id = scenes.circle_id(bob)
    ctx = pipe.context(bob)
    place = circle_states.known(ctx, circle_id, circle_id).place(scenes.device_id(bob))
    key = alice.store.circles.keys(circle_id, "endpoint")[0].public
    work = sign_decision(place, Grant(key, Role.MEMBER, Kind.PERSON, 1, False), ctx.now)
    lost = complete(work, signer(ctx, circle_id))
    sync.take(pipe.context(alice), circle_id, circle_id, [lost.raw], None)
    pipe.cut()
    pipe.run()
    assert bob.store.circles.all()[0].state == "restored"
    assert scenes.events(bob, "circle-restored")[0]["code"] == "restored-state-must-rejoin"
    with pytest.raises(UserError) as caught:
        pipe.do(bob, commands.CreateInvitation(scenes.CIRCLE))
    assert caught.value.code == "restored-state-must-rejoin"
