"""The six words: shown, compared, and made anew on a link (PROTOCOL 3)."""

from dataclasses import replace

from coterie.core.engine.circle import person_views
from coterie.core.engine.ports.commands import VerifyPerson
from coterie.core.engine.ports.effects import Transmit
from coterie.core.engine.ports.peers import Contact
from coterie.core.engine.ports.views import PersonView
from coterie.core.engine.state import circle_states, names
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.identity import circle_of, require_active, suite_of
from coterie.core.engine.state.links import Link
from coterie.core.kernel.errors import PeerError, UserError
from coterie.core.kernel.ids import CircleId, DeviceId, PersonId, to_base32
from coterie.core.kernel.world import NEVER
from coterie.core.wire.frames import Frame
from coterie.core.wire.peer_frames import VerifyCommit, VerifyOpen
from coterie.core.wire.verification import Party, Verification


def verify_person(ctx: Context, command: VerifyPerson) -> PersonView:
    """Shows the words; makes them on the link if there are none yet; marks the person verified when compared.

    Words that are being made are told by the event `words`. UserError `not-linked` while there is no link for it.
    """
    named = names.person_named(ctx, command.person)
    circle_id, person_id = named.circle_id, named.person_id
    if person_id == circle_of(ctx, circle_id).person_id:
        raise UserError("own-person", "nobody compares words with themselves", "name another person")
    contact = ctx.store.peers.contact(circle_id, person_id)
    if command.compared:
        if contact is None or not contact.words:
            raise UserError("no-words", "there are no words to compare yet", "`coterie person verify NAME` makes them")
        if contact.verified_at == NEVER:
            ctx.store.peers.put_contact(replace(contact, verified_at=ctx.now))
            ctx.note("person-verified", circle=to_base32(circle_id), person=to_base32(person_id))
    elif contact is None or not contact.words:
        _begin(ctx, circle_id, person_id)
    return person_views.view(ctx, circle_id, person_id)


def received(ctx: Context, link: Link, frame: VerifyCommit | VerifyOpen) -> None:
    """The other side's commitment or nonce. A run that fails is forgotten; the link goes on."""
    run = _run(ctx, link)
    if run is None or (run.state == "done" and isinstance(frame, VerifyCommit)):
        run = _new_run(ctx, link)
    try:
        step = run.receive(frame)
    except PeerError:
        ctx.memory.handshakes.pop(-link.conn, None)
        raise
    _transmit(ctx, link, step.frames)
    if step.words:
        device = circle_states.active_device(ctx, link.circle_id, link.device_id)
        if device is not None:
            keep_words(ctx, link.circle_id, PersonId(device.person_id), step.words)
        ctx.memory.handshakes.pop(-link.conn, None)


def keep_words(ctx: Context, circle_id: CircleId, person_id: PersonId, words: str) -> None:
    """New words take the place of the old. A comparison that was made of older words stays good: the keys are the same."""
    contact = ctx.store.peers.contact(circle_id, person_id)
    verified_at = NEVER if contact is None else contact.verified_at
    ctx.store.peers.put_contact(Contact(circle_id, person_id, words, verified_at))
    ctx.note("words", circle=to_base32(circle_id), person=to_base32(person_id))


def _begin(ctx: Context, circle_id: CircleId, person_id: PersonId) -> None:
    require_active(ctx, circle_id)
    for device_id in circle_states.devices_of(ctx, circle_id, person_id):
        link = ctx.links.to(circle_id, device_id)
        if link is not None and link.admitted:
            run = _run(ctx, link)
            if run is None:
                _transmit(ctx, link, _new_run(ctx, link).start())
            return
    raise UserError("not-linked", "no device of this person is linked now", "try again when `coterie status` shows it")


def _run(ctx: Context, link: Link) -> Verification | None:
    """The run on this link. Kept beside the handshakes under the negative number of its connection."""
    run = ctx.memory.handshakes.get(-link.conn)
    return run if isinstance(run, Verification) else None


def _new_run(ctx: Context, link: Link) -> Verification:
    circle = circle_of(ctx, link.circle_id)
    own = _party(ctx, link.circle_id, circle.device_id)
    run = Verification(suite_of(ctx, link.circle_id), own, _party(ctx, link.circle_id, link.device_id), ctx.entropy)
    ctx.memory.handshakes[-link.conn] = run
    return run


def _party(ctx: Context, circle_id: CircleId, device_id: DeviceId) -> Party:
    person = circle_states.circle_state(ctx, circle_id).person_of(device_id)
    if person is None:
        raise PeerError("not-a-member", "a device that is not in the circle")
    return Party(device_id, person.certificate.raw)


def _transmit(ctx: Context, link: Link, frames: tuple[Frame, ...]) -> None:
    for frame in frames:
        ctx.emit(Transmit(link.conn, frame.type, frame.body))
