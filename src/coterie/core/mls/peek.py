"""What carriers and the engine may read of a group message without any key."""

from dataclasses import dataclass, field

from coterie.core.codec.tls import malformed
from coterie.core.kernel.limits import HIGHEST_NUMBER
from coterie.core.mls.mls_message import parse_message
from coterie.core.mls.private_message import PrivateMessage
from coterie.core.mls.public_message import PublicMessage
from coterie.core.mls.registry import WIRE_PRIVATE_MESSAGE, WIRE_PUBLIC_MESSAGE


@dataclass(frozen=True, slots=True)
class Peek:
    """The clear part of a message: nothing here is authenticated yet."""

    wire_format: int
    group_id: bytes
    epoch: int
    content_type: int
    authenticated_data: bytes = field(repr=False)


def peek(message: bytes) -> Peek:
    """Reads a PublicMessage or PrivateMessage; other kinds of MLSMessage are `malformed` here.

    So is an epoch that cannot be stored with the one after it: whoever carries a message keeps its epoch as a number.
    """
    body = parse_message(message)
    if isinstance(body, PrivateMessage):
        seen = Peek(WIRE_PRIVATE_MESSAGE, body.group_id, body.epoch, body.content_type, body.authenticated_data)
    elif isinstance(body, PublicMessage):
        content = body.content
        seen = Peek(
            WIRE_PUBLIC_MESSAGE,
            content.group_id,
            content.epoch,
            content.content_type,
            content.authenticated_data,
        )
    else:
        raise malformed("message: not a group message")
    if seen.epoch >= HIGHEST_NUMBER:
        raise malformed("message: epoch")
    return seen
