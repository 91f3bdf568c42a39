"""What one object must satisfy by itself."""

import pytest

from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import ZERO_ID
from coterie.core.trust import circle_bodies as body
from coterie.core.trust import facts
from coterie.core.trust.bodies import Unknown
from coterie.core.trust.intake_checks import begins, check_decision, check_fact, check_scope
from coterie.core.trust.objects import Place, sign_decision, sign_fact
from coterie.testing.circle_book import NOW, CircleBook, drive
from coterie.testing.group_book import GroupBook

BOOK = CircleBook("checks", signed=True)
GROUP = GroupBook(BOOK, BOOK.founder)
KNOWN, CONVERSATION = BOOK.known(), GROUP.known()


def test_scopes_hold_their_own_types() -> None:
    founder = BOOK.founder
    grant, leave = BOOK.founder.grant(), GROUP.decisions[0]
    check_scope(KNOWN, grant)
    check_scope(KNOWN, BOOK.decisions[0])
    check_scope(CONVERSATION, leave)
    unknown = drive(sign_decision(Place(BOOK.scope, founder.id, 9, grant.id), Unknown(0x999, b""), NOW), founder.signer)
    check_scope(KNOWN, unknown)
    position = facts.Position(bytes(16), 0, ZERO_ID, 0)
    fact = drive(sign_fact(BOOK.scope, founder.id, BOOK.scope, 1, position, NOW), founder.signer)
    for known, item in ((KNOWN, leave), (CONVERSATION, grant), (CONVERSATION, BOOK.decisions[0]), (KNOWN, fact)):
        with pytest.raises(PeerError) as refused:
            check_scope(known, item)
        assert refused.value.code == "wrong-scope"


def test_only_the_first_object_begins_a_scope() -> None:
    assert begins(KNOWN, BOOK.decisions[0])
    assert begins(CONVERSATION, GROUP.decisions[0])
    assert not begins(KNOWN, BOOK.founder.grant())


def test_an_admission_without_its_grant_before_it_needs_no_check() -> None:
    founder, joiner = BOOK.founder, BOOK.stranger()
    content = body.Admission(b"\x01" * 32, joiner.first, b"")
    place = Place(BOOK.scope, founder.id, 2, BOOK.decisions[0].id)
    decision = drive(sign_decision(place, content, NOW), founder.signer)
    check_decision(KNOWN, decision, founder.signer.public_key)


def test_facts_come_from_devices_about_themselves() -> None:
    founder = BOOK.founder
    for issuer, subject, code in ((founder.id, founder.id, "bad-subject"), (ZERO_ID, ZERO_ID, "bad-issuer")):
        fact = drive(sign_fact(BOOK.scope, issuer, subject, 1, facts.Profile("x"), NOW), founder.signer)
        with pytest.raises(PeerError) as refused:
            check_fact(KNOWN, fact)
        assert refused.value.code == code
