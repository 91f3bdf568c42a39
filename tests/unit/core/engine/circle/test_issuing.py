import pytest

from coterie.core.engine.circle import issuing
from coterie.core.engine.state import circle_states
from coterie.core.engine.state.identity import replace_circle
from coterie.core.kernel.errors import UserError
from coterie.core.trust.circle_bodies import Grant
from coterie.core.trust.facts import Profile
from coterie.core.trust.object_types import ObjectType
from coterie.core.trust.roles import Kind, Role
from coterie.testing import scenes
from coterie.testing.pipe import Pipe


def grant_body(pipe: Pipe) -> Grant:
    key = pipe.nodes["alice"].store.circles.all()
    node = pipe.nodes["alice"]
    public = node.store.circles.keys(key[0].circle_id, "endpoint")[0].public
    return Grant(public, Role.MEMBER, Kind.PERSON, 1, False)


def test_decisions_of_one_device_form_a_chain() -> None:
    pipe = Pipe()
    alice = pipe.node("alice")
    scenes.found(pipe, alice)
    ctx, circle_id = pipe.context(alice), scenes.circle_id(alice)
    one = issuing.decide(ctx, circle_id, circle_id, grant_body(pipe))
    other = issuing.decide(ctx, circle_id, circle_id, grant_body(pipe))
    assert (one.serial, other.serial) == (2, 3)
    assert other.previous == one.id
    assert [stored.number for stored in alice.store.objects.decisions(circle_id)] == [1, 2, 3]
    assert (circle_id, circle_id) in ctx.changed
    assert circle_states.circle_state(ctx, circle_id).grants.keys() >= {one.id, other.id}


def test_a_fact_replaces_the_one_before() -> None:
    pipe = Pipe()
    alice = pipe.node("alice")
    scenes.found(pipe, alice)
    ctx, circle_id, person_id = pipe.context(alice), scenes.circle_id(alice), scenes.person_id(alice)
    issuing.tell(ctx, circle_id, circle_id, person_id, Profile("Alina"))
    stored = alice.store.objects.fact(circle_id, scenes.device_id(alice), ObjectType.PROFILE, person_id)
    assert stored is not None
    assert stored.number == 2
    assert set(scenes.people(pipe, alice)) == {"Alina"}


def test_the_first_revision_is_one() -> None:
    pipe = Pipe()
    ctx = pipe.context(pipe.node("alice"))
    assert issuing.next_revision(ctx, bytes(32), bytes(32), ObjectType.CARD, bytes(32)) == 1


@pytest.mark.parametrize(
    ("state", "code"),
    [("left", "not-a-member"), ("removed", "not-a-member"), ("restored", "restored-state-must-rejoin")],
)
def test_nothing_is_decided_or_told_where_we_may_not(state: str, code: str) -> None:
    pipe = Pipe()
    alice = pipe.node("alice")
    scenes.found(pipe, alice)
    ctx, circle_id = pipe.context(alice), scenes.circle_id(alice)
    circle = alice.store.circles.all()[0]
    replace_circle(ctx, type(circle)(**{n: getattr(circle, n) for n in circle.__slots__} | {"state": state}))
    for call in (
        lambda: issuing.decide(ctx, circle_id, circle_id, grant_body(pipe)),
        lambda: issuing.tell(ctx, circle_id, circle_id, circle.person_id, Profile("X")),
    ):
        with pytest.raises(UserError) as caught:
            call()
        assert caught.value.code == code
    assert alice.store.objects.decision_count(circle_id) == 1
