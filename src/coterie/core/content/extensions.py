"""The extensions that every message of ours carries (PROTOCOL 5): who, where, when and in which order.

Keys 1 and 2 are the draft's sender and room URI, 3 is senderTimestamp (draft-mahy-mimi-content-more-extensions), and
−1, private, is `order`, the message's place in history.
"""

from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from coterie.core.codec.cbor import Value
from coterie.core.codec.tls import malformed
from coterie.core.content.mimi import Extensions, MimiContent
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import ID_SIZE, ConversationId, PersonId, from_base32, to_base32
from coterie.core.kernel.world import SECOND, Instant

SENDER_URI = 1
ROOM_URI = 2
SENDER_TIMESTAMP = 3
ORDER = -1

MAX_ORDER = 1 << 46
"""Milliseconds: the year 4199. Beyond it nothing could follow."""

_PERSON = "coterie:p/"
_CONVERSATION = "coterie:c/"
_SECONDS = 1
_FRACTIONS = MappingProxyType({-3: 1_000, -6: 1_000_000, -9: 1_000_000_000})
"""Key of a fraction of a second: how many of them make one."""


@dataclass(frozen=True, slots=True)
class Mandatory:
    """What the four extensions say. `sent_at` is the sender's claim; `order` sorts the history."""

    person_id: PersonId
    conversation_id: ConversationId
    sent_at: Instant
    order: int


@lru_cache(maxsize=1024)
def person_uri(person_id: PersonId) -> str:
    """`coterie:p/` and the id in lower-case base32."""
    return _PERSON + to_base32(person_id)


@lru_cache(maxsize=1024)
def conversation_uri(conversation_id: ConversationId) -> str:
    """`coterie:c/` and the id in lower-case base32."""
    return _CONVERSATION + to_base32(conversation_id)


@lru_cache(maxsize=2048)
def _id_of(uri: str, prefix: str) -> bytes:
    if not uri.startswith(prefix):
        raise malformed("content: a URI of another kind")
    try:
        value = from_base32(uri[len(prefix) :])
    except ValueError:
        raise malformed("content: URI") from None
    if len(value) != ID_SIZE:
        raise malformed("content: URI")
    return value


def build(mandatory: Mandatory) -> dict[int | str, Value]:
    """The four extensions, ready for a MimiContent."""
    seconds, milliseconds = divmod(mandatory.sent_at, SECOND)
    if not 0 <= mandatory.order <= MAX_ORDER or seconds < 0:
        raise ValueError("order or time out of range")
    return {
        SENDER_URI: person_uri(mandatory.person_id),
        ROOM_URI: conversation_uri(mandatory.conversation_id),
        SENDER_TIMESTAMP: {_SECONDS: seconds, -3: milliseconds},
        ORDER: mandatory.order,
    }


def read(content: MimiContent) -> Mandatory:
    """The four extensions; `malformed` if one is missing or wrong, `order-out-of-range` beyond MAX_ORDER."""
    extensions = content.extensions
    sender, room = extensions.get(SENDER_URI), extensions.get(ROOM_URI)
    if not isinstance(sender, str) or not isinstance(room, str):
        raise malformed("content: no sender or room URI")
    return Mandatory(
        PersonId(_id_of(sender, _PERSON)),
        ConversationId(_id_of(room, _CONVERSATION)),
        _sent_at(extensions),
        _order(extensions),
    )


def check_authenticated(mandatory: Mandatory, person_id: PersonId, conversation_id: ConversationId) -> None:
    """Refuses content that names another author or conversation than MLS authenticated (`sender-mismatch`)."""
    if mandatory.person_id != person_id or mandatory.conversation_id != conversation_id:
        raise PeerError("sender-mismatch", "content names another sender or conversation than its envelope")


def _order(extensions: Extensions) -> int:
    order = extensions.get(ORDER)
    if type(order) is not int or order < 0:
        raise malformed("content: order")
    if order > MAX_ORDER:
        raise PeerError("order-out-of-range", "content: an order beyond every clock")
    return order


def _sent_at(extensions: Extensions) -> Instant:
    stamp = extensions.get(SENDER_TIMESTAMP)
    if not isinstance(stamp, dict) or not 1 <= len(stamp) <= 2:
        raise malformed("content: sender timestamp")
    seconds = stamp.get(_SECONDS)
    if type(seconds) is not int or not 0 <= seconds <= MAX_ORDER // SECOND:
        raise malformed("content: sender timestamp")
    milliseconds = 0
    for key, value in stamp.items():
        if key == _SECONDS:
            continue
        parts = _FRACTIONS.get(key) if isinstance(key, int) else None
        if parts is None or type(value) is not int or not 0 <= value < parts:
            raise malformed("content: sender timestamp")
        milliseconds = value * SECOND // parts
    return Instant(seconds * SECOND + milliseconds)
