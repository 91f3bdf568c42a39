"""`--listen ADDR[:PORT]` and `--relay URL`: what an endpoint binds, and where others are told to find it.

The QUIC library always binds both address families. For IPv4 `ADDR` it ALSO binds the IPv6 wildcard on a random port,
and for IPv6 `ADDR` the IPv4 wildcard, and gives no way to leave that out. What is *offered* is `ADDR` alone, but
whoever guesses the other port reaches the endpoint (and gets no byte without a handshake). A strict
loopback needs a network namespace or a firewall rule.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, ip_address

from coterie.adapters.peerlink.hints import encode_hint, from_socket_address, to_socket_address
from coterie.core.kernel.errors import UserError
from coterie.core.wire.hints import canonical_relay, relay_hint

PORT_SPAN = 16
"""With `ADDR:PORT` the endpoints of a node take PORT and the next ones: two a circle, each its own UDP port."""

_BROADCAST = IPv4Address("255.255.255.255")

MAX_OFFERED = 8
"""Hints offered at most: an invitation has room for 255 bytes of them."""


@dataclass(frozen=True, slots=True)
class Listen:
    """`host` "" means every interface; `port` 0 means the one used before, or any; `relay` "" means that none is used,
    whoever names one."""

    host: str = ""
    port: int = 0
    relay: str = ""


def parse_listen(text: str) -> Listen:
    """UserError `bad-listen-address` unless the text is ADDR, ADDR:PORT, [ADDR6] or [ADDR6]:PORT."""
    host, port = text, "0"
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        port = rest[1:] if rest.startswith(":") else "" if rest or not bracket else "0"
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    try:
        address = ip_address(host)
    except ValueError:
        raise _bad_listen_address() from None
    if address.is_multicast or address == _BROADCAST:
        raise _bad_listen_address()
    if not (port.isascii() and port.isdigit() and int(port) <= 0xFFFF) or "%" in host:
        raise _bad_listen_address()
    return Listen("" if address.is_unspecified else str(address), int(port))


def _bad_listen_address() -> UserError:
    return UserError(
        "bad-listen-address", "--listen takes an IP address and, if wanted, a port", "for example 127.0.0.1:4711"
    )


def with_relay(listen: Listen, text: str) -> Listen:
    """The same, also at the relay of this URL. UserError `bad-relay` unless it is one."""
    url = canonical_relay(text)
    if url is None:
        message = "--relay takes the URL of a relay: scheme, host and, if wanted, a port"
        raise UserError("bad-relay", message, "for example https://relay.example")
    return replace(listen, relay=url)


def port_candidates(listen: Listen, used_before: int) -> tuple[int, ...]:
    """The ports to try, in order: the one used before, those that the user named, and at last any (0)."""
    named = tuple(range(listen.port, min(listen.port + PORT_SPAN, 0x10000))) if listen.port else ()
    before = (used_before,) if used_before and (not named or used_before in named) else ()
    return (*before, *(port for port in named if port not in before), 0)


def bind_address(listen: Listen, port: int) -> str:
    """What the QUIC library is told to bind."""
    return to_socket_address(listen.host or "0.0.0.0", port)  # noqa: S104 - every interface is the default, and meant


def offered_hints(listen: Listen, addresses: Iterable[str]) -> tuple[bytes, ...]:
    """The hints to give others, from the addresses (`ip:port`) that the endpoint knows of itself.

    With `--listen` only that address. Without, all but loopback and link-local ones, unless there are no others. The
    relay comes first: where there is no room for all, it is the one that reaches furthest.
    """
    known = [(ip_address(host), port) for host, port in map(from_socket_address, addresses)]
    if listen.host:
        chosen = [(ip, port) for ip, port in known if ip == ip_address(listen.host)]
    else:
        chosen = [(ip, port) for ip, port in known if not (ip.is_loopback or ip.is_link_local)] or known
    relay = (relay_hint(listen.relay),) if listen.relay else ()
    return (*relay, *(encode_hint(str(ip), port) for ip, port in chosen[:MAX_OFFERED]))
