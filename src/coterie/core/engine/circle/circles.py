"""Circles: creating, listing, showing and leaving them."""

from coterie.core.crypto.signing import complete
from coterie.core.crypto.suites import DEFAULT_SUITE_ID, SUITES, suite
from coterie.core.engine.circle import cards, issuing, people, person_views, sync
from coterie.core.engine.circle.identity import device_signer, new_keys, store_keys
from coterie.core.engine.ports.circles import Circle
from coterie.core.engine.ports.commands import CreateCircle, LeaveCircle, ListCircles, ShowCircle
from coterie.core.engine.ports.effects import OpenEndpoint, SetTimer
from coterie.core.engine.ports.views import CircleDetails, CircleView
from coterie.core.engine.state import circle_states, names
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.identity import circle_of, require_active
from coterie.core.kernel.errors import UserError
from coterie.core.kernel.ids import CircleId, to_base32
from coterie.core.kernel.names import check_name
from coterie.core.kernel.world import Instant
from coterie.core.trust.build import found_circle
from coterie.core.trust.facts import Profile


def create_circle(ctx: Context, command: CreateCircle) -> CircleView:
    """Makes a circle with its first person and device: ours."""
    name, pseudonym = check_name(command.name, "circle's name"), check_name(command.pseudonym, "pseudonym")
    suite_id = DEFAULT_SUITE_ID if command.suite_id is None else command.suite_id
    if suite_id not in SUITES:
        raise UserError("unsupported-suite", "this ciphersuite is not supported", "leave it out for the default")
    chosen = suite(suite_id)
    keys = new_keys(chosen, ctx.entropy)
    own_signer = device_signer(chosen, keys)
    founded = complete(found_circle(chosen, own_signer.public_key, b"", name, ctx.now), own_signer)
    circle_id, person_id = founded.circle_id, founded.certificate.person_id
    device_id = founded.certificate.device_id
    ctx.store.circles.add(Circle(circle_id, name, suite_id, person_id, device_id, pseudonym, "active", ctx.now))
    store_keys(ctx, circle_id, chosen, keys)
    sync.publish(ctx, circle_id, circle_id, [founded.first.raw])
    maker = cards.Maker(circle_id, chosen, person_id, device_id, own_signer, keys.endpoint)
    sync.publish(ctx, circle_id, circle_id, [cards.make_card(ctx, maker, keys.block_public, 1).raw])
    issuing.tell(ctx, circle_id, circle_id, person_id, Profile(pseudonym))
    ctx.emit(OpenEndpoint(circle_id, False, keys.endpoint, 0))
    ctx.emit(SetTimer(cards.TIMER + to_base32(circle_id), Instant(ctx.now + cards.RENEWAL)))
    ctx.note("circle-created", circle=to_base32(circle_id))
    return view(ctx, circle_id)


def list_circles(ctx: Context, _command: ListCircles) -> tuple[CircleView, ...]:
    """Every circle of this vault, left ones too."""
    return tuple(view(ctx, circle.circle_id) for circle in ctx.store.circles.all())


def show_circle(ctx: Context, command: ShowCircle) -> CircleDetails:
    """One circle and its people."""
    circle_id = names.circle_named(ctx, command.circle)
    return CircleDetails(view(ctx, circle_id), person_views.views(ctx, circle_id))


def leave_circle(ctx: Context, command: LeaveCircle) -> CircleView:
    """Removes ourselves and tells whoever is linked; links end when they have it."""
    circle_id = names.circle_named(ctx, command.circle)
    require_active(ctx, circle_id)
    people.remove(ctx, circle_id, circle_of(ctx, circle_id).person_id)
    return view(ctx, circle_id)


def view(ctx: Context, circle_id: CircleId) -> CircleView:
    """A circle and our place in it."""
    circle = circle_of(ctx, circle_id)
    state = circle_states.circle_state(ctx, circle_id)
    own = state.people.get(circle.person_id)
    return CircleView(
        id=to_base32(circle_id),
        name=names.circle_name(ctx, circle_id),
        pseudonym=circle.pseudonym,
        person_id=to_base32(circle.person_id),
        device_id=to_base32(circle.device_id),
        role="" if own is None else own.role.name.lower(),
        state=circle.state,
        suite=suite(circle.suite_id).name,
        people=len(state.active_people()),
        created_at=circle.created_at,
    )
