from coterie.core.engine.circle import status as circle_status
from coterie.core.engine.conversation.status import show_status
from coterie.core.engine.ports import commands
from coterie.core.engine.ports.views import StatusView
from coterie.core.engine.state.context import Context, Memory
from coterie.core.kernel.ids import to_base32
from coterie.testing import scenes, talking
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Node


def shown(pipe: Pipe, node: Node) -> StatusView:
    return scenes.ask(pipe, node, commands.ShowStatus(), StatusView)


def test_a_new_vault_has_nothing_to_show() -> None:
    pipe = Pipe()
    assert shown(pipe, pipe.node("alice")) == StatusView((), (), 0, 0)


def test_a_circle_is_shown_with_the_endpoint_at_which_others_find_us() -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    [circle] = shown(pipe, alice).circles
    assert (circle.id, circle.name) == (to_base32(scenes.circle_id(alice)), scenes.CIRCLE)
    assert circle.endpoint_id == to_base32(alice.endpoints[scenes.circle_id(alice), False])
    bound = pipe.context(alice).memory.bound
    assert circle.hints == bound[scenes.circle_id(alice), False][1] != ()


def test_the_door_is_shown_until_the_last_invitation_expires() -> None:
    pipe = Pipe()
    alice = pipe.node("alice")
    scenes.found(pipe, alice)
    assert shown(pipe, alice).circles[0].door == ()
    scenes.invite(pipe, alice, seconds=3600)
    [circle] = shown(pipe, alice).circles
    assert circle.door == pipe.context(alice).memory.bound[scenes.circle_id(alice), True][1]
    assert circle.door not in ((), circle.hints)
    pipe.advance(3_601_000)
    assert shown(pipe, alice).circles[0].door == ()


def test_what_is_not_bound_yet_has_no_addresses() -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    just_started = Context(alice.store, pipe.now, alice.entropy, Memory(b"boot"))
    [circle] = show_status(just_started, commands.ShowStatus()).circles
    assert (circle.hints, circle.door) == ((), ())
    assert circle.endpoint_id


def test_circles_of_one_name_are_told_apart_and_one_that_we_left_is_gone() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    scenes.found(pipe, bob, pseudonym="Bob")
    names = {circle.name for circle in shown(pipe, bob).circles}
    club = to_base32(scenes.circle_id(alice))
    own = next(to_base32(c.circle_id) for c in bob.store.circles.all() if c.circle_id != scenes.circle_id(alice))
    assert names == {f"{scenes.CIRCLE}~{club[:4]}", f"{scenes.CIRCLE}~{own[:4]}"}
    pipe.do(bob, commands.LeaveCircle(f"{scenes.CIRCLE}~{club[:4]}"))
    assert [(circle.id, circle.name) for circle in shown(pipe, bob).circles] == [(own, scenes.CIRCLE)]
    assert shown(pipe, bob).peers == ()


def test_queued_counts_what_could_not_be_encrypted_and_not_what_is_on_its_way() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    pipe.advance(3_000)
    talking.part(pipe, (alice, bob), (alice, carol))
    talking.say(pipe, alice, "Bob", "encrypted, on its way")
    assert shown(pipe, alice).queued == 0
    pipe.do(alice, commands.RemoveFromGroup("Group", ("Carol",)))
    talking.say(pipe, alice, "Group", "waits")
    talking.say(pipe, alice, "Group", "waits too")
    view = shown(pipe, alice)
    assert view.queued == 2
    assert {peer.person: (peer.linked, peer.waiting > 0) for peer in view.peers} == {
        "Bob": (False, True),
        "Carol": (False, False),
    }
    talking.meet(pipe)
    pipe.advance(3_000)
    assert shown(pipe, alice).queued == 0


def test_peers_are_those_of_every_circle_in_which_we_are() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    club = to_base32(scenes.circle_id(bob))
    other = scenes.found(pipe, bob, pseudonym="Robert", name="Other")
    scenes.join(pipe, alice, scenes.invite(pipe, bob, "Other").link, "Alicia")
    view = shown(pipe, bob)
    assert {(peer.circle, peer.person) for peer in view.peers} == {
        (club, "Alice"),
        (other.id, "Alicia"),
    }
    assert view.peers == circle_status.peers(pipe.context(bob))


def test_the_last_event_is_where_a_program_may_go_on_from() -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    before = shown(pipe, alice).last_event
    talking.say(pipe, alice, "Bob", "hello")
    after = shown(pipe, alice).last_event
    since = alice.store.events.since(before, 100)
    assert since[0].kind == "message"
    assert since[-1].id == after


def test_looking_changes_nothing() -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    ctx = pipe.context(alice)
    assert show_status(ctx, commands.ShowStatus()) == show_status(ctx, commands.ShowStatus())
    assert ctx.effects == []
    assert not ctx.noted
