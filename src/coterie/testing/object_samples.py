"""One sample of every signed object and body, the same bytes on every run: for parsers' tests and the specification."""

from dataclasses import dataclass

from coterie.core.codec.items import Item
from coterie.core.kernel.ids import ZERO_ID
from coterie.core.kernel.world import Instant
from coterie.core.trust import circle_bodies as circle
from coterie.core.trust import conversation_bodies as conversation
from coterie.core.trust import facts
from coterie.core.trust.bodies import DecisionBody, FactBody, encode_body
from coterie.core.trust.cut import CutEntry
from coterie.core.trust.facts import CARD_LIFETIME
from coterie.core.trust.objects import Decision, Fact, Place, sign_decision, sign_fact
from coterie.core.trust.roles import Role
from coterie.testing.circle_book import NOW, CircleBook, Pen, drive


@dataclass(frozen=True, slots=True)
class Samples:
    """The book behind them, and one verified object of each type by its name."""

    book: CircleBook
    joiner: Pen
    decisions: dict[str, Decision]
    facts: dict[str, Fact]


def samples() -> Samples:
    """Suite 0x0001, everything signed by keys from a fixed seed."""
    book = CircleBook("samples", signed=True)
    joiner = book.stranger()
    further = book.further_device(book.founder)
    if further.certificate is None or joiner.recovery is None:
        raise ValueError("a further device has a certificate, a person a recovery key")
    grant = book.founder.grant(Role.MEMBER)
    cut = (CutEntry(b"\x21" * 32, 7, b"\x22" * 32),)
    bodies: dict[str, DecisionBody] = {
        "certificate": circle.FurtherCertificate(further.certificate),
        "recovery": circle.Recovery(joiner.recovery.signer.public_key),
        "revocation": circle.Revocation(b"\x23" * 32, cut),
        "withdrawal": circle.Withdrawal(grant.id, cut),
        "admission": book.founder.admission(grant, joiner),
        "removal": circle.Removal(b"\x24" * 32, cut),
        "role": circle.RoleChange(joiner.first, Role.ADMIN, 1, Role.MEMBER, cut),
        "policy": circle.Policy(1, ZERO_ID, (Item(circle.LIMIT_INVITE, True, b"\x03"),), cut),
        "start": conversation.Start(b"\x25" * 32, "Friends", book.founder.person_id, (joiner.person_id,)),
        "member": conversation.Member(joiner.person_id, 1, True, cut),
        "conversation role": conversation.ConversationRole(joiner.person_id, 2, Role.ADMIN, cut),
        "settings": conversation.Settings(1, "Good friends", 86_400),
        "leave": conversation.Leave(3, cut),
        "cut": conversation.ConversationCut(cut),
    }
    decisions = {"first": book.decisions[0], "grant": grant}
    place = Place(book.scope, book.founder.id, 3, grant.id)
    for name, content in bodies.items():
        decisions[name] = drive(sign_decision(place, content, NOW), book.founder.signer)
    return Samples(book, joiner, decisions, _facts(book))


def snapshots() -> dict[str, bytes]:
    """Every structure by the name that it has in docs/protocol/objects.md."""
    found = samples()
    further = found.decisions["certificate"].body
    if not isinstance(further, circle.FurtherCertificate):
        raise TypeError("the sample of a certificate decision holds one")
    structures = {
        "certificate-first": found.joiner.first.raw,
        "certificate-further": further.certificate.raw,
        "decision": found.decisions["leave"].raw,
        "fact": found.facts["profile"].raw,
    }
    for name, decision in found.decisions.items():
        structures[f"body-{name.replace(' ', '-')}"] = encode_body(decision.body)
    for name, fact in found.facts.items():
        structures[f"body-{name}"] = encode_body(fact.body)
    return structures


def _facts(book: CircleBook) -> dict[str, Fact]:
    founder = book.founder
    endpoint = book.new_signer(facts.ED25519_SUITE)
    block_key = bytes(range(9, 41))
    until = Instant(NOW + CARD_LIFETIME)
    content = facts.endpoint_content(book.scope, founder.id, 1, block_key, NOW, until)
    signature = drive(facts.sign_endpoint(content), endpoint)
    card = facts.Card(endpoint.public_key, signature, block_key, b"key package", NOW, until)
    bodies: dict[str, tuple[bytes, FactBody]] = {
        "card": (founder.id, card),
        "address": (founder.id, facts.Address(b"\x04\x7f\x00\x00\x01\x23\x45")),
        "profile": (founder.person_id, facts.Profile("Ada")),
        "position": (b"\x26" * 32, facts.Position(b"\x27" * 16, 5, b"\x28" * 32, 12)),
        "rejoin": (b"\x26" * 32, facts.Rejoin(b"\x27" * 16, b"\x28" * 32, b"key package")),
    }
    return {
        name: drive(sign_fact(book.scope, founder.id, subject, 1, content, NOW), founder.signer)
        for name, (subject, content) in bodies.items()
    }
