from coterie.core.engine.circle.leaving import finish
from coterie.core.engine.ports import commands
from coterie.core.engine.ports.effects import CloseEndpoint
from coterie.core.engine.ports.views import CircleView
from coterie.core.kernel.world import DAY
from coterie.testing import scenes
from coterie.testing.pipe import Pipe


def test_who_leaves_is_out_everywhere_and_falls_silent() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    shown = scenes.ask(pipe, bob, commands.LeaveCircle(scenes.CIRCLE), CircleView)
    assert shown.state == "left"
    for node in (alice, carol):
        assert scenes.people(pipe, node)["Bob"].state == "removed"
        assert not pipe.linked(node, bob)
    assert CloseEndpoint(scenes.circle_id(bob), False) in bob.effects
    assert not bob.store.circles.keys(scenes.circle_id(bob), "endpoint")
    assert not bob.watches


def test_who_leaves_while_alone_tells_it_when_somebody_comes() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    pipe.stop(alice)
    pipe.do(bob, commands.LeaveCircle(scenes.CIRCLE))
    assert bob.store.circles.all()[0].state == "left"
    assert bob.store.circles.keys(scenes.circle_id(bob), "endpoint")
    pipe.stop(bob)
    pipe.start(bob)
    pipe.start(alice)
    pipe.run()
    pipe.run()
    assert scenes.people(pipe, alice)["Bob"].state == "removed"
    assert not bob.store.circles.keys(scenes.circle_id(bob), "endpoint")


def test_who_leaves_does_not_wait_for_ever() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    pipe.stop(alice)
    pipe.do(bob, commands.LeaveCircle(scenes.CIRCLE))
    pipe.advance(8 * DAY)
    assert not bob.store.circles.keys(scenes.circle_id(bob), "endpoint")
    assert not bob.watches


def test_the_last_owner_leaves_and_the_most_senior_person_is_owner() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    pipe.do(alice, commands.LeaveCircle(scenes.CIRCLE))
    roles = {name: person.role for name, person in scenes.people(pipe, bob).items() if person.state == "active"}
    assert sorted(roles.values()) == ["member", "owner"]
    assert roles == {n: p.role for n, p in scenes.people(pipe, carol).items() if p.state == "active"}


def test_finishing_twice_is_harmless_and_only_for_who_left() -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    finish(pipe.context(alice), scenes.circle_id(alice))
    assert alice.store.circles.keys(scenes.circle_id(alice), "endpoint")
