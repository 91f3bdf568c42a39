"""When two devices meet: digests of what they share, vectors where those differ, then what is missing (PROTOCOL 4, 7)."""

from coterie.core.engine.conversation.again import send_again
from coterie.core.engine.delivery import vectors
from coterie.core.engine.delivery.outgoing import WINDOW, transmit_pending
from coterie.core.engine.delivery.passing_on import DIGESTS
from coterie.core.engine.ports.conversations import Conversation
from coterie.core.engine.ports.effects import Transmit
from coterie.core.engine.state.circle_states import circle_state, is_elsewhere, people_of
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.identity import own_device
from coterie.core.engine.state.links import Link
from coterie.core.engine.state.membership import shares
from coterie.core.kernel.ids import ConversationId
from coterie.core.wire import peer_frames


def start(ctx: Context, link: Link) -> None:
    """A link stands: our digest of every conversation that its device shares with us."""
    for conversation in ctx.store.conversations.all(link.circle_id):
        if shares(ctx, conversation, link.device_id):
            link.shared.add(conversation.conversation_id)
            say_digest(ctx, conversation, link)


def digest_frame(ctx: Context, link: Link, frame: peer_frames.ConversationDigest) -> None:
    """Equal: nothing is missing on either side. Different: our vector, so that the other can send.

    Both sides must learn it, so each answers with what it has not told yet; a told state is not told again.
    """
    conversation = _shared(ctx, link, frame.conversation_id)
    if conversation is None:
        _answer_stranger(ctx, link, frame.conversation_id)
        return
    link.heard[frame.conversation_id] = frame.digest
    ours = vectors.have_of(ctx, conversation)
    if ours.digest() == frame.digest:
        _alike(ctx, conversation, link, ours)
        _say_digest(ctx, link, ours)
    else:
        link.told_whole.pop(frame.conversation_id, None)  # asked for, so told again even if nothing has changed here
        _say_whole(ctx, link, ours)


def _answer_stranger(ctx: Context, link: Link, conversation_id: ConversationId) -> None:
    """A conversation that we do not share with this peer, as far as we know: we have nothing of it, so it may send.

    Of one that it cannot be in it learns nothing, not even whether it exists: the id of any two people is no secret.
    So what is stored here must not change the answer. Nothing is remembered, whatever ids it makes up.
    """
    if is_elsewhere(ctx, link.circle_id, conversation_id):
        _say_nothing_of(ctx, link, conversation_id)
        return
    people = people_of(ctx, link.circle_id, conversation_id)
    device = circle_state(ctx, link.circle_id).devices.get(link.device_id)
    if not people or (device is not None and device.person_id in people):
        _say_nothing_of(ctx, link, conversation_id)


def _say_nothing_of(ctx: Context, link: Link, conversation_id: ConversationId) -> None:
    nothing = vectors.nothing_of(conversation_id)
    ctx.emit(Transmit(link.conn, peer_frames.HAVE, nothing.encode()))


def have_frame(ctx: Context, link: Link, frame: peer_frames.Have) -> None:
    """A peer's vector: what it has is forgotten, what it lacks is sent, what is lost to it goes out anew."""
    conversation = _shared(ctx, link, frame.conversation_id)
    if conversation is None:
        return
    link.heard[frame.conversation_id] = frame.digest()
    _alike(ctx, conversation, link, frame)
    _say_whole(ctx, link, vectors.have_of(ctx, conversation))


def say_digest(ctx: Context, conversation: Conversation, link: Link) -> None:
    """Our digest, if the peer does not have it yet."""
    _say_digest(ctx, link, vectors.have_of(ctx, conversation))


def say_digests(ctx: Context, conversation: Conversation) -> None:
    """To every linked device for which we still carry something, or of which we have something that we cannot read, or
    could not take when it came."""
    if not DIGESTS.is_due(ctx, conversation.conversation_id):
        return
    for link in ctx.links.of_circle(conversation.circle_id):
        if not shares(ctx, conversation, link.device_id):
            continue  # what it said while it was in may still be unread here; it learns no more of this conversation
        own = own_device(ctx, conversation.circle_id)
        known = ctx.store.envelopes.numbers(conversation.conversation_id, link.device_id)
        asks = known is not None and bool(known.unreadable)
        if conversation.conversation_id in link.passed_over:
            asks = True
            link.passed_over.discard(conversation.conversation_id)
            link.heard.pop(conversation.conversation_id, None)  # it has said more since, which we did not take
        if asks or ctx.store.envelopes.carried(conversation.conversation_id, link.device_id, own):
            ours = vectors.have_of(ctx, conversation)
            if link.heard.get(conversation.conversation_id) == ours.digest():
                _alike(ctx, conversation, link, ours)
            else:
                # Told already or not: what was withheld from the peer for a while is not told by anything else.
                link.told.pop(conversation.conversation_id, None)
                link.told_whole.pop(conversation.conversation_id, None)
                _say_digest(ctx, link, ours)


def _shared(ctx: Context, link: Link, conversation_id: ConversationId) -> Conversation | None:
    conversation = ctx.store.conversations.get(conversation_id)
    if conversation is None or not shares(ctx, conversation, link.device_id):
        return None
    return conversation


def _alike(ctx: Context, conversation: Conversation, link: Link, theirs: peer_frames.Have) -> None:
    """What the peer's vector has needs no carrying; what is still pending for it is sent, and what is lost to it anew.

    Also when it is as ours: a vector says nothing of what came before the first message that could be read.
    """
    _once_more(ctx, conversation, link, theirs)
    vectors.forget_what_it_has(ctx, conversation, link.device_id, theirs)
    transmit_pending(ctx, conversation.conversation_id, link)
    send_again(ctx, conversation, link.device_id, theirs)


def _once_more(ctx: Context, conversation: Conversation, link: Link, theirs: peer_frames.Have) -> None:
    """What this link brought a while ago and the peer still lacks was not taken: it goes over the link again.

    Our own too when the peer has it from somebody else: only its acknowledgement proves that.
    """
    before = ctx.now - DIGESTS.pause
    if not link.sent or link.since > before:
        return
    had, own = vectors.as_numbers(theirs), own_device(ctx, conversation.circle_id)
    most = len(link.sent) + WINDOW
    for envelope in ctx.store.envelopes.pending_in(conversation.conversation_id, link.device_id, most):
        if envelope.created_at > before:
            continue
        if envelope.sender_device == own or not vectors.is_had(envelope, had, theirs):
            link.sent.discard(envelope.envelope_id)


def _say_digest(ctx: Context, link: Link, have: peer_frames.Have) -> None:
    digest = have.digest()
    if digest not in (link.told.get(have.conversation_id), link.told_whole.get(have.conversation_id)):
        link.told[have.conversation_id] = digest
        frame = peer_frames.ConversationDigest(have.conversation_id, digest)
        ctx.emit(Transmit(link.conn, peer_frames.CONVERSATION_DIGEST, frame.encode()))


def _say_whole(ctx: Context, link: Link, have: peer_frames.Have) -> None:
    digest = have.digest()
    if link.told_whole.get(have.conversation_id) != digest:
        link.told_whole[have.conversation_id] = digest
        ctx.emit(Transmit(link.conn, peer_frames.HAVE, have.encode()))
