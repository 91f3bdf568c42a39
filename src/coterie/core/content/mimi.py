"""MIMI content (draft-ietf-mimi-content-08): one message, encoded and strictly parsed.

The encoding is deterministic CBOR, so a message has one form and its id covers all of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from coterie.core.codec import cbor
from coterie.core.codec.cbor import Value
from coterie.core.codec.tls import malformed
from coterie.core.content.part_codec import part_of, part_value
from coterie.core.content.parts import Part
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.world import DAY, SECOND, Instant

SALT_SIZE = 16
MESSAGE_ID_SIZE = 32
MESSAGE_ID_HASH = 1
"""First byte of a message id: SHA-256 in the registry of hashes."""
MAX_TOPIC = 4096
"""Bytes of a topic id (the draft's own limit)."""
MAX_EXTENSION_LEVELS = 4
"""Containers within one extension's value (the draft's own limit)."""
MAX_EXPIRATION = 366 * DAY // SECOND
"""Seconds: a year, and a day for leap years."""
MAX_KEY = (1 << 53) - 1

ExtensionKey: TypeAlias = int | str
Extensions: TypeAlias = Mapping[ExtensionKey, Value]


@dataclass(frozen=True, slots=True)
class Expiration:
    """When a message ends: seconds since 1970, or with `relative` seconds after it was read."""

    relative: bool
    time: int


@dataclass(frozen=True, slots=True)
class MimiContent:
    """One message. `replaces` and `in_reply_to` are message ids; an unknown one is no error."""

    salt: bytes
    extensions: Extensions
    part: Part
    replaces: bytes | None = None
    topic_id: bytes = b""
    expires: Expiration | None = None
    in_reply_to: bytes | None = None

    def __repr__(self) -> str:
        return "MimiContent(…)"


def encode_content(content: MimiContent) -> bytes:
    """The one encoding of `content`."""
    expires = content.expires
    extensions: dict[cbor.Key, Value] = dict(content.extensions.items())
    return cbor.encode(
        [
            content.salt,
            content.replaces,
            content.topic_id,
            None if expires is None else [expires.relative, expires.time],
            content.in_reply_to,
            extensions,
            part_value(content.part),
        ]
    )


def parse_content(data: bytes) -> MimiContent:
    """Raises PeerError: `malformed`, `non-canonical` or `too-large`. Unknown extensions are kept."""
    value = cbor.decode(data)
    if not isinstance(value, list) or len(value) != 7:
        raise malformed("content: not an array of seven")
    salt, replaces, topic_id, expires, in_reply_to, extensions, part = value
    if not isinstance(salt, bytes) or len(salt) != SALT_SIZE:
        raise malformed("content: salt")
    if not isinstance(topic_id, bytes):
        raise malformed("content: topic id")
    if len(topic_id) > MAX_TOPIC:
        raise PeerError("too-large", "content: topic id longer than its limit")
    return MimiContent(
        salt=salt,
        replaces=_optional_id(replaces),
        topic_id=topic_id,
        expires=_expiration(expires),
        in_reply_to=_optional_id(in_reply_to),
        extensions=_extensions(extensions),
        part=part_of(part),
    )


def check_expiration(content: MimiContent, now: Instant) -> None:
    """Refuses an end of more than a year past or ahead (the draft's own rule): `bad-expiration`."""
    expires = content.expires
    if expires is None:
        return
    distance = expires.time if expires.relative else abs(expires.time - now // SECOND)
    if distance > MAX_EXPIRATION:
        raise PeerError("bad-expiration", "content: an expiration more than a year away")


def check_message_id(value: bytes) -> bytes:
    """A message id of the one form that is known; `malformed` otherwise."""
    if len(value) != MESSAGE_ID_SIZE or value[0] != MESSAGE_ID_HASH:
        raise malformed("message id")
    return value


def _optional_id(value: Value) -> bytes | None:
    if value is None:
        return None
    if not isinstance(value, bytes):
        raise malformed("message id")
    return check_message_id(value)


def _expiration(value: Value) -> Expiration | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != 2:
        raise malformed("content: expiration")
    relative, time = value
    if not isinstance(relative, bool) or type(time) is not int or not 0 <= time < 1 << 32:
        raise malformed("content: expiration")
    return Expiration(relative, time)


def _extensions(value: Value) -> dict[ExtensionKey, Value]:
    if not isinstance(value, dict):
        raise malformed("content: extensions")
    result: dict[ExtensionKey, Value] = {}
    for key, item in value.items():
        if isinstance(key, int):
            if not -MAX_KEY <= key <= MAX_KEY:
                raise malformed("content: extension key out of range")
        elif not isinstance(key, str) or not 1 <= len(key.encode("utf-8")) <= 255:
            raise malformed("content: extension key")
        if isinstance(item, list | dict | cbor.Tag) and _levels(item) > MAX_EXTENSION_LEVELS:
            raise PeerError("too-large", "content: extension nested deeper than the limit")
        result[key] = item
    return result


def _levels(value: Value) -> int:
    if isinstance(value, list):
        return 1 + max(map(_levels, value), default=0)
    if isinstance(value, dict):
        return 1 + max(map(_levels, value.values()), default=0)
    if isinstance(value, cbor.Tag):
        return 1 + _levels(value.value)
    return 0
