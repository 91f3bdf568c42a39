"""What takes more than one signature or key."""

import pytest

from coterie.core.crypto.signature import SoftwareSigner
from coterie.core.crypto.signing import complete
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import PersonId
from coterie.core.kernel.limits import CONVERSATION_PEOPLE
from coterie.core.trust import build, facts
from coterie.core.trust.circle_state import evaluate_circle
from coterie.core.trust.intake import receive
from coterie.core.trust.object_set import ObjectSet
from coterie.testing.circle_book import NOW, CircleBook

BOOK = CircleBook("build", signed=True)


def new_key() -> SoftwareSigner:
    signer = BOOK.new_signer(BOOK.suite)
    assert isinstance(signer, SoftwareSigner)
    return signer


def test_a_founded_circle_passes_intake() -> None:
    key = new_key()
    founded = complete(build.found_circle(BOOK.suite, key.public_key, b"", "name", NOW), key)
    known = receive(ObjectSet.for_circle(founded.circle_id, BOOK.suite), [founded.first.raw]).known
    state = evaluate_circle(known)
    assert state.name == "name"
    assert state.active_devices() == (founded.certificate.device_id,)


def test_T033_the_invitation_signs_one_grant_and_one_certificate() -> None:
    invitation = new_key()
    certificate = BOOK.stranger().first
    signature = complete(build.sign_invitation(b"\x01" * 32, certificate.raw), invitation)
    build.verify_invitation(invitation.public_key, b"\x01" * 32, certificate.raw, signature)
    body = build.admission(b"\x01" * 32, certificate, signature)
    assert body.signature == signature
    for grant_id, raw in ((b"\x02" * 32, certificate.raw), (b"\x01" * 32, certificate.raw + b"\x00")):
        with pytest.raises(PeerError) as refused:
            build.verify_invitation(invitation.public_key, grant_id, raw, signature)
        assert refused.value.code == "bad-signature"


def test_a_start_has_its_members_in_order() -> None:
    key = new_key()
    people = tuple(bytes([9 - index]) * 32 for index in range(3))
    person = PersonId(BOOK.founder.person_id)
    work = build.start_group(BOOK.scope, BOOK.founder.id, person, "us", people, b"\x05" * 32, NOW)
    started = complete(work, key)
    assert started.start.scope == started.conversation_id
    assert getattr(started.start.body, "members", ()) == tuple(sorted(people))
    assert len(people) <= CONVERSATION_PEOPLE


def test_a_card_plan_is_good_for_fourteen_days() -> None:
    plan = build.CardPlan(bytes(32), bytes(32), b"", NOW)
    assert plan.not_after - plan.not_before == facts.CARD_LIFETIME
    content = build.card_endpoint_content(BOOK.scope, BOOK.founder.id, 1, plan)
    assert content != build.card_endpoint_content(BOOK.scope, BOOK.founder.id, 2, plan)
