from coterie.core.engine.circle import joins
from coterie.core.engine.ports.effects import CloseEndpoint, ForgetPeer
from coterie.core.kernel.ids import to_base32
from coterie.testing import scenes
from coterie.testing.pipe import Pipe


def test_a_join_has_names_once_we_are_in() -> None:
    pipe = Pipe()
    alice, bob = pipe.node("alice"), pipe.node("bob")
    scenes.found(pipe, alice)
    link = scenes.invite(pipe, alice).link
    pipe.stop(alice)
    scenes.join(pipe, bob, link, "Bob")
    before = joins.view(pipe.context(bob), bob.store.circles.joins()[0])
    assert (before.state, before.circle, before.inviter, before.words) == ("dialling", "", "", "")
    assert before.relay == ""
    pipe.start(alice)
    scenes.join(pipe, bob, link, "Bob")
    after = joins.view(pipe.context(bob), bob.store.circles.joins()[0])
    assert (after.state, after.circle, after.inviter, after.pseudonym) == ("joined", "Club", "Alice", "Bob")
    assert after.words == scenes.people(pipe, alice)["Bob"].words
    assert after.circle_id == to_base32(scenes.circle_id(alice))


def test_stopping_closes_the_endpoint_only_of_who_is_not_in() -> None:
    pipe = Pipe()
    _, bob = scenes.pair(pipe)
    ctx = pipe.context(bob)
    joins.stop_dialling(ctx, bob.store.circles.joins()[0])
    assert [type(effect) for effect in ctx.effects] == [ForgetPeer]
    carol = pipe.node("carol")
    inside = pipe.context(carol)
    joins.stop_dialling(inside, bob.store.circles.joins()[0])
    assert [type(effect) for effect in inside.effects] == [ForgetPeer, CloseEndpoint]
