"""An envelope arrives: opened, checked against what MLS authenticated, and only then believed (PROTOCOL 5 and 7)."""

from dataclasses import dataclass

from coterie.core.engine.delivery import numbers as arithmetic
from coterie.core.engine.delivery.control import KNOWN_ITEMS
from coterie.core.engine.ordering import epochs
from coterie.core.engine.ordering.holding import FUTURE, UNKNOWN_GROUP, NotYet
from coterie.core.engine.ports.conversations import Conversation, GroupRecord
from coterie.core.engine.ports.envelopes import Numbers
from coterie.core.engine.state import groups
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.groups import identity_in
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import ConversationId, PersonId
from coterie.core.mls.credential import Credential
from coterie.core.mls.open_message import Application, open_message
from coterie.core.mls.past import open_past
from coterie.core.mls.peek import Peek, peek
from coterie.core.mls.registry import WIRE_PRIVATE_MESSAGE
from coterie.core.mls.state import Delta
from coterie.core.wire.authenticated_data import AuthenticatedData, Kind, parse_authenticated_data


@dataclass(frozen=True, slots=True)
class Announced:
    """What an envelope says of itself in clear. Nothing of it is believed before the message is opened."""

    message: bytes
    peek: Peek
    header: AuthenticatedData


@dataclass(frozen=True, slots=True)
class Opened:
    """An application message whose header equals what MLS authenticated. `delta` is still to be written."""

    header: AuthenticatedData
    person_id: PersonId
    plaintext: bytes
    delta: Delta
    group: GroupRecord


def announced(message: bytes, conversation_id: ConversationId) -> Announced:
    """Parses what is in clear; an envelope for another conversation than its frame says is refused (T041).

    So is a message that anybody on its way could read: everything travels in PrivateMessages.
    """
    seen = peek(message)
    if seen.wire_format != WIRE_PRIVATE_MESSAGE:
        raise PeerError("not-permitted", "a message that is not encrypted")
    header = parse_authenticated_data(seen.authenticated_data, KNOWN_ITEMS)
    if header.conversation_id != conversation_id:
        raise PeerError("wrong-conversation", "an envelope belongs to another conversation than its frame")
    return Announced(message, seen, header)


def numbers_of(ctx: Context, header: AuthenticatedData) -> Numbers:
    """Our vector for the header's sender; one who was never heard starts at the `first` of this message."""
    known = ctx.store.envelopes.numbers(header.conversation_id, header.sender_device)
    return known or arithmetic.starting_at(header.conversation_id, header.sender_device, header.first)


def open_application(ctx: Context, conversation: Conversation, envelope: Announced) -> Opened:
    """Opens a message of the present or a past epoch. `NotYet` when it is of a later one or of a group not known.

    Raises PeerError; `past-epoch` when it is of an epoch whose keys we never had or have no more.
    """
    record = ctx.store.conversations.group(envelope.peek.group_id)
    if record is None:
        raise NotYet(UNKNOWN_GROUP)
    if record.conversation_id != conversation.conversation_id:
        raise PeerError("wrong-conversation", "a group belongs to another conversation")
    header = envelope.header
    if not 1 <= header.first <= header.number or header.kind == Kind.COMMIT:
        raise PeerError("malformed", "an envelope's number or kind does not fit")
    if envelope.peek.epoch > record.epoch:
        raise NotYet(FUTURE)
    same = envelope.peek.epoch == record.epoch
    logged = record.epoch_id if same else epochs.logged(ctx, record.group_id, envelope.peek.epoch)
    if logged is not None and logged[:8] != header.epoch_id:
        raise PeerError("fork-detected", "an envelope is of an epoch that is not in this branch's log")
    plaintext, delta, credential = _open(ctx, record, envelope)
    person, device = identity_in(credential)
    if device != header.sender_device:
        raise PeerError("sender-mismatch", "an envelope names another device than its group authenticated")
    if logged is None:
        raise PeerError("fork-detected", "an envelope is of an epoch that is not in this branch's log")
    return Opened(header, person, plaintext, delta, record)


def _open(ctx: Context, record: GroupRecord, envelope: Announced) -> tuple[bytes, Delta, Credential]:
    rows = ctx.store.conversations.rows(record.group_id)
    if envelope.peek.epoch < record.epoch:
        past = open_past(rows, envelope.message)
        return past.plaintext, past.delta, past.credential
    group, _ = groups.load(ctx, record.group_id)
    opened = open_message(group, rows, envelope.message)
    if not isinstance(opened, Application):
        raise PeerError("not-permitted", "only content travels in an envelope frame")
    leaf = group.member(opened.sender)
    if leaf is None:
        raise PeerError("not-a-member", "the sender has no leaf")
    return opened.plaintext, opened.delta, leaf.credential
