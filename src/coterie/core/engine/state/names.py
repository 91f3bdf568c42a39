"""The names of circles and people: shown, told apart, and found again from what somebody typed.

A person is shown by their pseudonym, neutralised; two with one name as `NAME~abcd`, with the first characters of the
person id. `CIRCLE/NAME`, the id itself and its beginning (8 characters or more) are understood too.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from coterie.core.codec.tls import parse
from coterie.core.engine.state import circle_states
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.identity import circle_of
from coterie.core.kernel.errors import PeerError, UserError
from coterie.core.kernel.ids import CircleId, PersonId, to_base32
from coterie.core.kernel.names import composed, neutralise
from coterie.core.trust.certificates import ITEM_PSEUDONYM, Certificate
from coterie.core.trust.circle_state import Person
from coterie.core.trust.facts import Profile, read_profile
from coterie.core.trust.object_types import ObjectType

TAG_SIZE = 4
ID_BEGINNING = 8
"""Characters of an id that are enough to name somebody."""


@dataclass(frozen=True, slots=True)
class Named:
    """A person and where they are."""

    circle_id: CircleId
    person_id: PersonId


def circle_name(ctx: Context, circle_id: CircleId) -> str:
    """The circle's name, told apart from another circle of the same name; those that we are out of give way."""
    own = circle_of(ctx, circle_id)
    name = neutralise(own.name)
    for other in ctx.store.circles.all():
        counts = other.state == "active" or own.state != "active"
        if other.circle_id != circle_id and neutralise(other.name) == name and counts:
            return f"{name}~{to_base32(circle_id)[:TAG_SIZE]}"
    return name


def circle_named(ctx: Context, text: str) -> CircleId:
    """By name, `NAME~abcd` or id. UserError `unknown-circle` or `ambiguous-name`."""
    text = composed(text)
    circles = ctx.store.circles.all()
    found = [c for c in circles if text in _circle_forms(ctx, c.circle_id)]
    active = [c for c in found if c.state == "active"]
    found = active if len(active) == 1 else found
    if not found and len(text) >= ID_BEGINNING:
        found = [c for c in circles if to_base32(c.circle_id).startswith(text.lower())]
    if len(found) == 1:
        return found[0].circle_id
    if not found:
        raise UserError("unknown-circle", "no circle has this name", "`coterie circle list` shows them")
    raise _ambiguous([circle_name(ctx, c.circle_id) for c in found])


def pseudonyms(ctx: Context, circle_id: CircleId) -> dict[PersonId, str]:
    """The neutralised pseudonym of everybody ever in the circle; U+FFFD for who has told none."""
    objects = circle_states.known(ctx, circle_id, circle_id)
    cached = ctx.memory.caches.get(("names", circle_id))
    if isinstance(cached, tuple) and cached[0] is objects:
        found: dict[PersonId, str] = cached[1]
        return found
    state = circle_states.circle_state(ctx, circle_id)
    newest: dict[PersonId, tuple[int, int, str]] = {}
    for (issuer, number, subject), fact in objects.facts.items():
        device = state.devices.get(issuer)
        if number != ObjectType.PROFILE or device is None or device.person_id != subject:
            continue
        if isinstance(fact.body, Profile):
            told = (fact.revision, -device.depth, fact.body.pseudonym)
            newest[PersonId(subject)] = max(told, newest.get(PersonId(subject), (0, 0, "")))
    names = {
        PersonId(person.id): neutralise(newest.get(PersonId(person.id), (0, 0, first_name(person.certificate)))[2])
        for person in state.people.values()
    }
    ctx.memory.caches["names", circle_id] = (objects, names)
    return names


def first_name(certificate: Certificate) -> str:
    """The pseudonym in a joiner's first certificate; empty when it has none."""
    for item in certificate.fields.items:
        if item.type == ITEM_PSEUDONYM:
            try:
                return parse(read_profile, item.data).pseudonym
            except PeerError:
                return ""
    return ""


def display(ctx: Context, circle_id: CircleId, person_id: PersonId) -> str:
    """How a person is shown inside this circle; empty for a stranger. Kept while nothing changed."""
    names = pseudonyms(ctx, circle_id)
    people = circle_states.circle_state(ctx, circle_id).people
    key = ("display", person_id)
    cached = ctx.memory.caches.get(key)
    if isinstance(cached, tuple) and cached[0] is names and cached[1] is people:
        kept: str = cached[2]
        return kept
    shown = _told_apart(names, people, person_id)
    ctx.memory.caches[key] = (names, people, shown)
    return shown


def _told_apart(names: Mapping[PersonId, str], people: Mapping[bytes, Person], person_id: PersonId) -> str:
    name = names.get(person_id)
    if name is None:
        return ""
    gone = people[person_id].removed
    for other, other_name in names.items():
        if other_name == name and other != person_id and (gone or not people[other].removed):
            return f"{name}~{to_base32(person_id)[:TAG_SIZE]}"
    return name


def full_name(ctx: Context, named: Named) -> str:
    """`CIRCLE/NAME`: understood whatever other circles there are."""
    return f"{circle_name(ctx, named.circle_id)}/{display(ctx, named.circle_id, named.person_id)}"


def person_named(ctx: Context, text: str, circle_id: CircleId | None = None) -> Named:
    """By any form of the name, in one circle or in all active ones. UserError `unknown-contact` or `ambiguous-name`."""
    text = composed(text)
    active: list[Named] = []
    gone: list[Named] = []
    for circle in ctx.store.circles.all():
        if circle_id not in (None, circle.circle_id):
            continue
        people = circle_states.circle_state(ctx, circle.circle_id).people
        for person_id in pseudonyms(ctx, circle.circle_id):
            named = Named(circle.circle_id, person_id)
            if text in person_forms(ctx, named):
                is_gone = people[person_id].removed or circle.state != "active"
                (gone if is_gone else active).append(named)
    found = active or gone
    if not found and len(text) >= ID_BEGINNING:
        found = _by_id(ctx, text.lower(), circle_id)
    if len(found) == 1:
        return found[0]
    if not found:
        raise UserError("unknown-contact", "nobody has this name", "`coterie person list` shows everybody")
    raise _ambiguous(_telling_forms(ctx, found))


def person_forms(ctx: Context, named: Named) -> set[str]:
    """Everything by which this person may be called."""
    plain = pseudonyms(ctx, named.circle_id)[named.person_id]
    tagged = f"{plain}~{to_base32(named.person_id)[:TAG_SIZE]}"
    forms = {plain, tagged}
    circles = _circle_forms(ctx, named.circle_id)
    return forms | {f"{circle}/{form}" for circle in circles for form in forms} | {to_base32(named.person_id)}


def _telling_forms(ctx: Context, found: list[Named]) -> list[str]:
    forms = []
    for named in found:
        shown = display(ctx, named.circle_id, named.person_id)
        alone = sum(1 for other in found if display(ctx, other.circle_id, other.person_id) == shown) == 1
        forms.append(shown if alone and "~" in shown else full_name(ctx, named))
    return forms if len(set(forms)) == len(forms) else [to_base32(named.person_id) for named in found]


def _by_id(ctx: Context, text: str, circle_id: CircleId | None) -> list[Named]:
    return [
        Named(circle.circle_id, person_id)
        for circle in ctx.store.circles.all()
        if circle_id in (None, circle.circle_id)
        for person_id in pseudonyms(ctx, circle.circle_id)
        if to_base32(person_id).startswith(text)
    ]


def _circle_forms(ctx: Context, circle_id: CircleId) -> set[str]:
    name = neutralise(circle_of(ctx, circle_id).name)
    return {name, f"{name}~{to_base32(circle_id)[:TAG_SIZE]}", to_base32(circle_id)}


def _ambiguous(forms: list[str]) -> UserError:
    return UserError("ambiguous-name", "this name fits several", "say one of: " + ", ".join(sorted(forms)))
