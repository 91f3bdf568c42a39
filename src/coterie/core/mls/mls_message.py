"""MLSMessage (RFC 9420 section 6): version, wire format and one of five bodies."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from coterie.core.codec.tls import Budget, Reader, malformed
from coterie.core.kernel.errors import PeerError
from coterie.core.mls.group_info import GroupInfo, read_group_info
from coterie.core.mls.key_package import KeyPackage, read_key_package
from coterie.core.mls.limits import MAX_ELEMENTS, MAX_MESSAGE
from coterie.core.mls.private_message import PrivateMessage, read_private_message
from coterie.core.mls.public_message import PublicMessage, read_public_message
from coterie.core.mls.registry import (
    MLS10,
    WIRE_GROUP_INFO,
    WIRE_KEY_PACKAGE,
    WIRE_PRIVATE_MESSAGE,
    WIRE_PUBLIC_MESSAGE,
    WIRE_WELCOME,
)
from coterie.core.mls.welcome import Welcome, read_welcome

Body: TypeAlias = PublicMessage | PrivateMessage | Welcome | GroupInfo | KeyPackage

_READERS: Mapping[int, Callable[[Reader], Body]] = MappingProxyType(
    {
        WIRE_PUBLIC_MESSAGE: read_public_message,
        WIRE_PRIVATE_MESSAGE: read_private_message,
        WIRE_WELCOME: read_welcome,
        WIRE_GROUP_INFO: read_group_info,
        WIRE_KEY_PACKAGE: read_key_package,
    }
)

_FORMATS: Mapping[type[Body], int] = MappingProxyType(
    {
        PublicMessage: WIRE_PUBLIC_MESSAGE,
        PrivateMessage: WIRE_PRIVATE_MESSAGE,
        Welcome: WIRE_WELCOME,
        GroupInfo: WIRE_GROUP_INFO,
        KeyPackage: WIRE_KEY_PACKAGE,
    }
)


def parse_message(data: bytes) -> Body:
    """The body of one whole MLSMessage; at most 8 MiB, nothing after its end."""
    if len(data) > MAX_MESSAGE:
        raise PeerError("too-large", "a message is longer than any that is accepted")
    reader = Reader(data, Budget(MAX_ELEMENTS))
    if reader.u16() != MLS10:
        raise PeerError("unsupported-version", "the message is of another protocol version")
    read = _READERS.get(reader.u16())
    if read is None:
        raise malformed("message: unknown wire format")
    body = read(reader)
    reader.finish()
    return body


def message_header(wire_format: int) -> bytes:
    """Version and wire format: the first four bytes of an MLSMessage."""
    return MLS10.to_bytes(2, "big") + wire_format.to_bytes(2, "big")


def encode_message(body: Body) -> bytes:
    """The MLSMessage around a body."""
    return message_header(_FORMATS[type(body)]) + body.encode()
