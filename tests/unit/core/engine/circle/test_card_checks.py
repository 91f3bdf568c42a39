import pytest

from coterie.core.crypto.signing import complete
from coterie.core.engine.circle.card_checks import card_object
from coterie.core.engine.state import circle_states
from coterie.core.engine.state.identity import signer
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import CircleId
from coterie.core.kernel.world import DAY, Instant
from coterie.core.trust.facts import Card, Profile
from coterie.core.trust.objects import sign_fact
from coterie.testing import scenes
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Node


def made(pipe: Pipe) -> tuple[Node, Card, bytes, bytes]:
    """Alice, her card's body and bytes, and her signature key."""
    alice = pipe.node("alice")
    scenes.found(pipe, alice)
    ctx, circle_id, device_id = pipe.context(alice), scenes.circle_id(alice), scenes.device_id(alice)
    fact = circle_states.card_of(ctx, circle_id, device_id)
    assert fact is not None
    assert isinstance(fact.body, Card)
    return alice, fact.body, fact.raw, signer(ctx, circle_id).public_key


def test_a_good_card_is_taken() -> None:
    pipe = Pipe()
    alice, body, raw, key = made(pipe)
    card = card_object(pipe.context(alice), scenes.circle_id(alice), raw, scenes.device_id(alice), key)
    assert (card.body, card.raw, card.revision) == (body, raw, 1)
    assert card.for_link().block_key == body.block_key


@pytest.mark.parametrize(("later", "good"), [(15 * DAY, True), (15 * DAY + 1, False), (-DAY, True), (-DAY - 1, False)])
def test_a_card_is_good_for_fourteen_days_with_a_day_of_tolerance(later: int, good: bool) -> None:
    pipe = Pipe()
    alice, _, raw, key = made(pipe)
    ctx = pipe.context(alice)
    ctx.now = Instant(ctx.now + later)
    if good:
        card_object(ctx, scenes.circle_id(alice), raw, scenes.device_id(alice), key)
        return
    with pytest.raises(PeerError) as caught:
        card_object(ctx, scenes.circle_id(alice), raw, scenes.device_id(alice), key)
    assert caught.value.code == "card-expired"


def test_a_card_of_another_device_circle_or_key_is_refused() -> None:
    pipe = Pipe()
    alice, body, raw, key = made(pipe)
    ctx, circle_id, device_id = pipe.context(alice), scenes.circle_id(alice), scenes.device_id(alice)
    own = signer(ctx, circle_id)
    profile = complete(sign_fact(circle_id, device_id, device_id, 1, Profile("X"), ctx.now), own).raw
    moved = complete(sign_fact(circle_id, device_id, bytes(32), 1, body, ctx.now), own).raw
    renumbered = complete(sign_fact(circle_id, device_id, device_id, 2, body, ctx.now), own).raw
    bad = [
        (raw, circle_id, bytes(32), key, "bad-card"),
        (raw, circle_id, device_id, body.endpoint_id, "bad-signature"),
        (profile, circle_id, device_id, key, "bad-card"),
        (moved, circle_id, device_id, key, "bad-card"),
        (renumbered, circle_id, device_id, key, "bad-signature"),
        (raw + b"x", circle_id, device_id, key, "malformed"),
    ]
    for data, circle, device, public_key, code in bad:
        with pytest.raises(PeerError) as caught:
            card_object(ctx, CircleId(circle), data, device, public_key)
        assert caught.value.code == code
