from dataclasses import replace

import pytest

from coterie.core.engine.state import identity
from coterie.core.kernel.errors import UserError
from coterie.core.kernel.ids import CircleId
from coterie.testing import scenes
from coterie.testing.pipe import Pipe


def test_our_place_in_a_circle_is_read_once_and_again_after_a_change() -> None:
    pipe = Pipe()
    alice = pipe.node("alice")
    scenes.found(pipe, alice)
    ctx, circle_id = pipe.context(alice), scenes.circle_id(alice)
    circle = identity.circle_of(ctx, circle_id)
    assert identity.circle_of(ctx, circle_id) is circle
    assert identity.own_device(ctx, circle_id) == scenes.device_id(alice)
    assert identity.suite_of(ctx, circle_id).id == scenes.FAST_SUITE
    identity.replace_circle(ctx, replace(circle, pseudonym="Alina"))
    assert identity.circle_of(ctx, circle_id).pseudonym == "Alina"


def test_the_signer_is_the_one_of_our_certificate() -> None:
    pipe = Pipe()
    alice = pipe.node("alice")
    scenes.found(pipe, alice)
    ctx, circle_id = pipe.context(alice), scenes.circle_id(alice)
    [key] = alice.store.circles.keys(circle_id, "signature")
    assert identity.signer(ctx, circle_id).public_key == key.public
    assert identity.signer(ctx, circle_id) is identity.signer(ctx, circle_id)


def test_a_circle_that_is_not_here_is_a_defect() -> None:
    with pytest.raises(LookupError):
        identity.circle_of(Pipe().context(Pipe().node("alice")), CircleId(bytes(32)))


@pytest.mark.parametrize(
    ("state", "code"),
    [("active", ""), ("left", "not-a-member"), ("removed", "not-a-member"), ("restored", "restored-state-must-rejoin")],
)
def test_only_in_an_active_circle_we_decide(state: str, code: str) -> None:
    pipe = Pipe()
    alice = pipe.node("alice")
    scenes.found(pipe, alice)
    ctx, circle_id = pipe.context(alice), scenes.circle_id(alice)
    identity.replace_circle(ctx, replace(identity.circle_of(ctx, circle_id), state=state))
    try:
        identity.require_active(ctx, circle_id)
    except UserError as error:
        assert error.code == code
        assert error.hint
    else:
        assert code == ""
