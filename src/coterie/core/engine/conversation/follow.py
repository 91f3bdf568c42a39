"""Looking after one conversation: what waited is read, the group mended, what waits is sent."""

from coterie.core.engine.circle import offering
from coterie.core.engine.conversation import left_behind, parcel, position, refound, rejoin, uninvited
from coterie.core.engine.conversation.arrival import announced
from coterie.core.engine.conversation.mend import mend
from coterie.core.engine.conversation.open_conversation import keep, new, prefer_group
from coterie.core.engine.conversation.receive import refuse
from coterie.core.engine.conversation.receive import take as take_envelope
from coterie.core.engine.conversation.send import flush
from coterie.core.engine.delivery import receipts
from coterie.core.engine.delivery.outgoing import transmit_pending
from coterie.core.engine.delivery.passing_on import DIGESTS
from coterie.core.engine.ordering import backing, holding, staging
from coterie.core.engine.ordering.holding import NotYet
from coterie.core.engine.ports.conversations import Conversation, Held
from coterie.core.engine.ports.effects import Acknowledge
from coterie.core.engine.state.circle_states import active_device, conversation_state, devices_of
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.identity import circle_of
from coterie.core.engine.state.membership import allowed, has_come_back, people, shares
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import CircleId, ConversationId, DeviceId
from coterie.core.mls.peek import peek
from coterie.core.wire import peer_frames

NOT_A_MEMBER = "not-a-member"
"""We were out before it could be encrypted: it is for nobody any more."""


def objects_changed(ctx: Context, circle_id: CircleId, scope: bytes) -> None:
    """Objects of a circle or of one conversation came: every conversation that they concern is looked after."""
    if scope == circle_id:
        for conversation in ctx.store.conversations.all(circle_id):
            look_after(ctx, conversation.conversation_id)
    else:
        open_by_objects(ctx, circle_id, ConversationId(scope))
        look_after(ctx, ConversationId(scope))


def open_by_objects(ctx: Context, circle_id: CircleId, conversation_id: ConversationId) -> None:
    """The objects of a group conversation name us: it becomes one of ours, before any Welcome."""
    begun = conversation_state(ctx, circle_id, conversation_id) is not None
    if begun and ctx.store.conversations.get(conversation_id) is None:
        conversation = keep(ctx, new(ctx, circle_id, conversation_id, "group"))
        if circle_of(ctx, circle_id).person_id not in people(ctx, conversation):
            ctx.store.conversations.set_state(conversation_id, "left")


def look_after(ctx: Context, conversation_id: ConversationId) -> None:
    """Everything that may have become possible in one conversation. Safe to call at any time."""
    _set_state(ctx, conversation_id)
    read_held(ctx, conversation_id)
    conversation = ctx.store.conversations.get(conversation_id)
    if conversation is None or conversation.state != "active":
        return
    prefer_group(ctx, conversation)
    _ask_once_more(ctx, conversation)
    _forget_the_gone(ctx, conversation)
    conversation = ctx.store.conversations.get(conversation_id)
    if conversation is not None:
        mend(ctx, conversation)
        flush(ctx, conversation_id)
        left_behind.look(ctx, conversation)
        refound.look(ctx, conversation)


def _set_state(ctx: Context, conversation_id: ConversationId) -> None:
    """Active while the objects have us in it, left otherwise."""
    conversation = ctx.store.conversations.get(conversation_id)
    if conversation is None:
        return
    circle = circle_of(ctx, conversation.circle_id)
    inside = circle.state == "active" and circle.person_id in people(ctx, conversation)
    state = "active" if inside else "left"
    if state != conversation.state:
        ctx.store.conversations.set_state(conversation_id, state)
        position.plan(ctx, conversation_id)  # what we did not tell while we were out
    if not inside:
        for message in ctx.store.messages.unsent(conversation_id):
            receipts.end(ctx, message, "failed", NOT_A_MEMBER)


def _ask_once_more(ctx: Context, conversation: Conversation) -> None:
    """Our digest, a little later, makes a peer bring again what it brought before we knew that it is in.

    Who comes back may have had it on its way for long, and over another link.
    """
    scope = conversation.conversation_id
    for link in ctx.links.of_circle(conversation.circle_id):
        if not shares(ctx, conversation, link.device_id):
            link.shared.discard(scope)
            continue
        if scope not in link.shared and has_come_back(ctx, conversation, link.device_id):
            link.passed_over.add(scope)
        link.shared.add(scope)
        if scope in link.passed_over:
            DIGESTS.plan(ctx, scope)


def _forget_the_gone(ctx: Context, conversation: Conversation) -> None:
    """Devices and people that the objects put out get nothing more, not even what was encrypted while they were in.

    While its leaf is still there a device may come in again and go on with it: until then what is meant for it, a commit
    above all, is kept and not handed over.
    """
    targeted = ctx.store.envelopes.targeted(conversation.conversation_id)
    waiting = ctx.store.messages.waited_for(conversation.conversation_id)
    permitted, inside = allowed(ctx, conversation), people(ctx, conversation)
    returning = set() if targeted <= permitted.keys() and waiting <= inside else staging.leaves(ctx, conversation)
    withheld = set()
    for device in targeted - permitted.keys():
        if device in returning and active_device(ctx, conversation.circle_id, device) is not None:
            withheld.add(device)
        else:
            ctx.store.envelopes.drop_target(conversation.conversation_id, device)
    for person in waiting - inside:
        if not any(device in returning for device in devices_of(ctx, conversation.circle_id, person)):
            receipts.gone(ctx, conversation, person)
    _hand_over_withheld(ctx, conversation, withheld)


def _hand_over_withheld(ctx: Context, conversation: Conversation, withheld: set[DeviceId]) -> None:
    """Who is in again, with the leaf that it had, gets what was kept back from it."""
    key = ("withheld", conversation.conversation_id)
    before = ctx.memory.caches.get(key)
    ctx.memory.caches[key] = frozenset(withheld)
    for device in sorted(before - withheld) if isinstance(before, frozenset) else ():
        link = ctx.links.to(conversation.circle_id, device)
        if link is not None:
            transmit_pending(ctx, conversation.conversation_id, link)


def acknowledged_commit(ctx: Context, conversation_id: ConversationId, group_id: bytes) -> None:
    """Another device has our staged commit: now we enter its epoch ourselves."""
    record = ctx.store.conversations.group(group_id)
    conversation = ctx.store.conversations.get(conversation_id)
    if record is not None and conversation is not None and ctx.store.conversations.staged(group_id) is not None:
        staging.apply_own(ctx, conversation, record)
        position.plan(ctx, conversation_id)
        look_after(ctx, conversation_id)


def read_held(ctx: Context, conversation_id: ConversationId) -> None:
    """Tries what was held, again from the start after each commit that could be taken."""
    progress = True
    while progress:
        progress = False
        for held in holding.held_for(ctx, conversation_id):
            outcome = _retry(ctx, held)
            progress = progress or outcome
            if outcome and held.data[0] == peer_frames.PARCEL:
                break


def _retry(ctx: Context, held: Held) -> bool:
    """Whether the held envelope is done with, read or refused."""
    conversation = ctx.store.conversations.get(held.conversation_id)
    if conversation is None:
        return False
    frame = peer_frames.parse_peer_frame(held.data[0], held.data[1:])
    try:
        if isinstance(frame, peer_frames.Parcel):
            taken = parcel.take(ctx, conversation.circle_id, frame, held.from_device)
            if taken:
                position.plan(ctx, held.conversation_id)
                rejoin.answered(ctx, conversation)
        elif isinstance(frame, peer_frames.Envelope):
            envelope = announced(frame.message, frame.conversation_id)
            taken = take_envelope(ctx, conversation, envelope, held.envelope_id, held.from_device)
    except NotYet as wait:
        ask_author(ctx, conversation.circle_id, held.conversation_id, wait)
        return False
    except PeerError as error:
        refuse(ctx, conversation.circle_id, held.conversation_id, held.from_device, error.code)
        if isinstance(frame, peer_frames.Parcel):
            heal(ctx, conversation.circle_id, frame, error.code)
        taken = False
    holding.release(ctx, held.envelope_id)
    link = ctx.links.to(conversation.circle_id, held.from_device)
    if taken and link is not None:
        ctx.emit(Acknowledge(link.conn, held.envelope_id))
    return True


def ask_author(ctx: Context, circle_id: CircleId, conversation_id: ConversationId, wait: NotYet) -> None:
    """Nothing backs a commit yet: its author, once linked, is asked for all that it has. Then it is taken or refused."""
    link = None if wait.author is None else ctx.links.to(circle_id, wait.author)
    if link is not None:
        for scope in backing.scopes_of(circle_id, conversation_id):
            offering.ask_for_all(ctx, link, scope)


def heal(ctx: Context, circle_id: CircleId, refused: peer_frames.Parcel, code: str) -> None:
    """A commit whose path was wrong for us alone: others learn of it, and we ask, once, to be added anew (T028). One that
    is for us and has no Welcome for us, where we have no keys: the same, after a while."""
    conversation = ctx.store.conversations.get(refused.conversation_id)
    if conversation is None or conversation.circle_id != circle_id:
        return
    if code == "not-for-us":
        uninvited.note(ctx, conversation)
    elif code == "path-mismatch":
        record = ctx.store.conversations.group(peek(refused.commit).group_id)
        if record is not None:
            rejoin.ask_once(ctx, conversation, record, code)
