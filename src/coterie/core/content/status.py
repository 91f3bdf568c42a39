"""Message status reports (draft-mahy-mimi-message-status-01) and which changes of a status make sense.

A report says how far messages came with the person who sends it. What was proven stays: nothing unsays *read*.

    from \\ to     unread  delivered  read  expired  deleted  hidden  error
    nothing          x        x       x       x        x       x      x
    unread                            x       x        x       x
    delivered        x                x       x        x       x      x
    read                                      x        x       x
    expired                                            x
    deleted
    hidden                            x       x        x
    error            x        x       x       x        x       x
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType

from coterie.core.codec import cbor
from coterie.core.codec.tls import malformed
from coterie.core.content.mimi import Extensions, MimiContent, check_message_id
from coterie.core.content.parts import Disposition, SinglePart
from coterie.core.kernel.errors import PeerError

STATUS_TYPE = "application/mimi-message-status"

MAX_REPORTED = 1024
"""Messages of one report: 36 KiB, what a device sends after a long absence in several."""


class MessageStatus(IntEnum):
    """The known numbers; there is no *dispatched*, which no reader can report."""

    UNREAD = 0
    DELIVERED = 1
    READ = 2
    EXPIRED = 3
    DELETED = 4
    HIDDEN = 5
    ERROR = 6


_S = MessageStatus
_END = frozenset({_S.EXPIRED, _S.DELETED})

TRANSITIONS: Mapping[MessageStatus | None, frozenset[MessageStatus]] = MappingProxyType(
    {
        None: frozenset(MessageStatus),
        _S.UNREAD: _END | {_S.READ, _S.HIDDEN},
        _S.DELIVERED: _END | {_S.UNREAD, _S.READ, _S.HIDDEN, _S.ERROR},
        _S.READ: _END | {_S.HIDDEN},
        _S.EXPIRED: frozenset({_S.DELETED}),
        _S.DELETED: frozenset(),
        _S.HIDDEN: _END | {_S.READ},
        _S.ERROR: _END | {_S.UNREAD, _S.DELIVERED, _S.READ, _S.HIDDEN},
    }
)
"""The published table: from what was known of a message (None: nothing) to what a report may make of it."""


@dataclass(frozen=True, slots=True)
class Reported:
    """One line of a report. `status` may be a number that this version does not know (7…255)."""

    message_id: bytes
    status: int


def allowed(before: MessageStatus | None, after: int) -> bool:
    """Whether a report may change `before` into `after`; unknown numbers change nothing."""
    return after in TRANSITIONS[before]


def encode_report(entries: Iterable[Reported]) -> bytes:
    """The body of a report."""
    return cbor.encode([[entry.message_id, entry.status] for entry in entries])


def parse_report(data: bytes) -> tuple[Reported, ...]:
    """Raises PeerError: `malformed`, `non-canonical` or `too-large`."""
    value = cbor.decode(data)
    if not isinstance(value, list):
        raise malformed("status report")
    if len(value) > MAX_REPORTED:
        raise PeerError("too-large", "status report: more messages than the limit")
    return tuple(map(_reported, value))


def _reported(value: cbor.Value) -> Reported:
    if not isinstance(value, list) or len(value) != 2:
        raise malformed("status report: entry")
    message_id, status = value
    if not isinstance(message_id, bytes) or type(status) is not int or not 0 <= status <= 255:
        raise malformed("status report: entry")
    return Reported(check_message_id(message_id), status)


def report_content(entries: Iterable[Reported], extensions: Extensions, salt: bytes) -> MimiContent:
    """A report as a message: one part, disposition 0."""
    part = SinglePart(STATUS_TYPE, encode_report(entries), Disposition.UNSPECIFIED)
    return MimiContent(salt, extensions, part)


def report_of(content: MimiContent) -> tuple[Reported, ...] | None:
    """The report that this message is, or None if it is something else; raises as `parse_report`."""
    part = content.part
    if not isinstance(part, SinglePart) or part.content_type != STATUS_TYPE:
        return None
    return parse_report(part.content)
