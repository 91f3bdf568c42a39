"""How a person is shown."""

from coterie.core.engine.ports.views import DeviceView, PersonView
from coterie.core.engine.state import circle_states, names
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.identity import circle_of
from coterie.core.kernel.ids import CircleId, PersonId, to_base32
from coterie.core.kernel.world import NEVER
from coterie.core.trust.circle_state import CircleState


def view(ctx: Context, circle_id: CircleId, person_id: PersonId) -> PersonView:
    """Stored facts only: who the person is here, by whom they came in, and the words that both sides have."""
    state = circle_states.circle_state(ctx, circle_id)
    person = state.people[person_id]
    contact = ctx.store.peers.contact(circle_id, person_id)
    admitter = "" if person.admitted_by is None else names.display(ctx, circle_id, PersonId(person.admitted_by))
    return PersonView(
        id=to_base32(person_id),
        name=names.display(ctx, circle_id, person_id),
        circle=names.circle_name(ctx, circle_id),
        role=person.role.name.lower(),
        state="removed" if person.removed else "active",
        verified=contact is not None and contact.verified_at != NEVER,
        me=person_id == circle_of(ctx, circle_id).person_id,
        devices=_devices(state, person_id),
        admitted_by=admitter,
        words="" if contact is None else contact.words,
    )


def _devices(state: CircleState, person_id: PersonId) -> tuple[DeviceView, ...]:
    return tuple(
        DeviceView(to_base32(device_id), device.active, device.certificate.fields.created_at)
        for device_id, device in state.devices.items()
        if device.person_id == person_id
    )


def views(ctx: Context, circle_id: CircleId) -> tuple[PersonView, ...]:
    """Everybody ever in a circle, by name."""
    people = circle_states.circle_state(ctx, circle_id).people
    shown = [view(ctx, circle_id, PersonId(person_id)) for person_id in people]
    return tuple(sorted(shown, key=lambda person: (person.state, person.name, person.id)))
