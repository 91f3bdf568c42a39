"""Address hints: where a device may be found. Type u8 and body: 4 = IPv4 address and port u16, 6 = IPv6 address and
port u16, 1 = the relay at which it can be found, too: length u8 and its URL.

They stand one after the other in an address fact and in an invitation, where the relay has a field of its own: type u8
and URL (`docs/protocol/invitation.md`).
"""

import re
from collections.abc import Iterable

from coterie.core.codec.tls import Reader, malformed
from coterie.core.kernel.limits import RELAY_URL_SIZE

RELAY, IPV4, IPV6 = 1, 4, 6
ADDRESS_SIZES = {IPV4: 1 + 4 + 2, IPV6: 1 + 16 + 2}
"""Bytes of a whole hint, by its type."""

_RELAY_URL = re.compile(r"(https?)://([a-z0-9.-]+|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?/?")
_DEFAULT_PORTS = {"https": 443, "http": 80}


def canonical_relay(text: str) -> str | None:
    """A relay's URL in the one form that is compared: `https://relay.example/`; None when it is no URL of a relay.

    Scheme, host and port only: no user, no path, no query.
    """
    found = _RELAY_URL.fullmatch(text.lower()) if text.isascii() else None
    if found is None or len(text) > RELAY_URL_SIZE:
        return None
    scheme, host = found[1], found[2]
    port = int(found[3] or _DEFAULT_PORTS[scheme])
    if not 0 < port < 0x10000:
        return None
    return f"{scheme}://{host}/" if port == _DEFAULT_PORTS[scheme] else f"{scheme}://{host}:{port}/"


def relay_hint(url: str) -> bytes:
    """The hint of a relay, whose URL is in its canonical form."""
    return bytes([RELAY, len(url)]) + url.encode("ascii")


def relay_of(hints: Iterable[bytes]) -> str:
    """The URL of the first relay among the hints; empty without one."""
    return next((hint[2:].decode("ascii") for hint in hints if hint[:1] == bytes([RELAY])), "")


def addresses_of(hints: Iterable[bytes]) -> tuple[bytes, ...]:
    """The hints that are addresses."""
    return tuple(hint for hint in hints if hint[:1] != bytes([RELAY]))


def split_hints(data: bytes) -> tuple[bytes, ...]:
    """The hints that stand one after the other; `malformed` for an unknown type, a wrong length, a bad URL."""
    reader = Reader(data)
    hints: list[bytes] = []
    while not reader.at_end():
        start = reader.offset
        kind = reader.u8()
        if kind == RELAY:
            checked_relay(reader.opaque8())
        elif kind in ADDRESS_SIZES:
            reader.fixed(ADDRESS_SIZES[kind] - 1)
        else:
            raise malformed("address hint: unknown type")
        hints.append(reader.since(start))
    return tuple(hints)


def checked_relay(url: bytes) -> str:
    """The URL of a relay as another wrote it: `malformed` unless it is in its canonical form."""
    text = url.decode("ascii", "replace")
    if canonical_relay(text) != text:
        raise malformed("relay: not a URL in its one form")
    return text
