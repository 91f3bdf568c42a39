from coterie.core.engine.circle.pending import decode_pending, make_pending, with_fresh_card
from coterie.core.kernel.world import DAY
from coterie.core.trust.certificates import parse_certificate
from coterie.core.trust.objects import parse_object
from coterie.core.wire.invitation import parse_link
from coterie.testing import scenes
from coterie.testing.pipe import Pipe


def test_what_is_kept_is_read_back_and_shows_nothing() -> None:
    pipe = Pipe()
    alice, bob = pipe.node("alice"), pipe.node("bob")
    scenes.found(pipe, alice)
    invitation = parse_link(scenes.invite(pipe, alice).link)
    pending = make_pending(pipe.context(bob), invitation, "Bob")
    kept = pending.encode()
    assert decode_pending(kept) == pending
    assert repr(kept) == "Secret(…)"
    certificate = parse_certificate(pending.certificate)
    assert certificate.fields.circle_id == invitation.circle_id
    assert parse_object(pending.card).claimed.issuer == certificate.device_id


def test_a_card_is_made_anew_after_a_week_and_not_before() -> None:
    pipe = Pipe()
    alice, bob = pipe.node("alice"), pipe.node("bob")
    scenes.found(pipe, alice)
    invitation = parse_link(scenes.invite(pipe, alice, seconds=30 * 24 * 3600).link)
    pending = make_pending(pipe.context(bob), invitation, "Bob")
    pipe.advance(7 * DAY - 1)
    assert with_fresh_card(pipe.context(bob), invitation, pending) == pending
    pipe.advance(1)
    renewed = with_fresh_card(pipe.context(bob), invitation, pending)
    assert renewed.keys == pending.keys
    assert renewed.certificate == pending.certificate
    assert renewed.card != pending.card
