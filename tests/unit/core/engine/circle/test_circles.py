import pytest

from coterie.core.engine.ports import commands
from coterie.core.engine.ports.effects import OpenEndpoint
from coterie.core.engine.ports.views import CircleDetails, CircleView
from coterie.core.kernel.errors import UserError
from coterie.core.kernel.ids import to_base32
from coterie.testing import scenes
from coterie.testing.pipe import Pipe


def test_a_new_circle_has_its_founder_as_owner() -> None:
    pipe = Pipe()
    alice = pipe.node("alice")
    shown = scenes.found(pipe, alice)
    assert (shown.name, shown.pseudonym, shown.role, shown.state, shown.people) == (
        "Club",
        "Alice",
        "owner",
        "active",
        1,
    )
    assert shown.id == to_base32(scenes.circle_id(alice))
    assert [effect.door for effect in alice.effects if isinstance(effect, OpenEndpoint)] == [False]
    assert scenes.people(pipe, alice)["Alice"].me


def test_the_default_suite_is_the_hybrid_one() -> None:
    pipe = Pipe()
    shown = scenes.ask(pipe, pipe.node("alice"), commands.CreateCircle("Club", "Alice"), CircleView)
    assert "MLKEM768X25519" in shown.suite


@pytest.mark.parametrize(
    ("name", "pseudonym", "suite_id", "code"),
    [
        ("", "Alice", 1, "bad-name"),
        ("Club", "", 1, "bad-name"),
        ("Club\n", "Alice", 1, "bad-name"),
        ("Club", "Ali\u202ece", 1, "bad-name"),
        ("Club", "Alice", 0x1234, "unsupported-suite"),
    ],
)
def test_what_cannot_be_a_circle_is_refused_and_nothing_is_kept(
    name: str, pseudonym: str, suite_id: int, code: str
) -> None:
    pipe = Pipe()
    alice = pipe.node("alice")
    with pytest.raises(UserError) as caught:
        pipe.do(alice, commands.CreateCircle(name, pseudonym, suite_id))
    assert caught.value.code == code
    assert not alice.store.circles.all()


def test_circles_share_nothing_not_even_keys() -> None:
    pipe = Pipe()
    alice = pipe.node("alice")
    scenes.found(pipe, alice)
    scenes.found(pipe, alice, "Alina", "Other")
    one, other = alice.store.circles.all()
    assert one.person_id != other.person_id
    for purpose in ("signature", "endpoint", "block"):
        keys = [alice.store.circles.keys(circle.circle_id, purpose)[0].public for circle in (one, other)]
        assert len(set(keys)) == 2


def test_showing_a_circle_shows_its_people() -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    shown = scenes.ask(pipe, alice, commands.ShowCircle(scenes.CIRCLE), CircleDetails)
    assert shown.circle.people == 2
    assert [person.name for person in shown.people] == ["Alice", "Bob"]
    assert len(scenes.ask(pipe, alice, commands.ListCircles(), tuple)) == 1


def test_a_circle_is_named_by_its_name_or_its_id() -> None:
    pipe = Pipe()
    alice = pipe.node("alice")
    shown = scenes.found(pipe, alice)
    for name in (shown.name, shown.id, shown.id[:8]):
        assert scenes.ask(pipe, alice, commands.ShowCircle(name), CircleDetails).circle.id == shown.id
    with pytest.raises(UserError) as caught:
        pipe.do(alice, commands.ShowCircle("No such"))
    assert caught.value.code == "unknown-circle"


def test_leaving_twice_is_refused() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    pipe.do(bob, commands.LeaveCircle(scenes.CIRCLE))
    with pytest.raises(UserError) as caught:
        pipe.do(bob, commands.LeaveCircle(scenes.CIRCLE))
    assert caught.value.code == "not-a-member"
    assert scenes.people(pipe, alice)["Bob"].state == "removed"
