"""Address hints as the QUIC library takes them (their bytes: `core.wire.hints`).

A hint comes from a peer: it is dialled only if it can be somebody's address at all.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address

from coterie.core.kernel.errors import PeerError
from coterie.core.wire.hints import ADDRESS_SIZES, IPV4


def encode_hint(host: str, port: int) -> bytes:
    """`host` is an IP address in text; ValueError for anything else."""
    address = ip_address(host)
    return bytes([address.version]) + address.packed + port.to_bytes(2, "big")


def parse_hint(hint: bytes) -> tuple[str, int]:
    """(address, port). PeerError `malformed`; `unusable-hint` for what no device can have (port 0, multicast …)."""
    if not hint or ADDRESS_SIZES.get(hint[0]) != len(hint):
        raise PeerError("malformed", "an address hint of unknown type or wrong length")
    packed, port = hint[1:-2], int.from_bytes(hint[-2:], "big")
    address = IPv4Address(packed) if hint[0] == IPV4 else IPv6Address(packed)
    if port == 0 or address.is_multicast or address.is_unspecified or address == IPv4Address("255.255.255.255"):
        raise PeerError("unusable-hint", "an address hint that no device can have")
    return str(address), port


def to_socket_address(host: str, port: int) -> str:
    """As the QUIC library writes it: `1.2.3.4:5` or `[::1]:5`."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def from_socket_address(text: str) -> tuple[str, int]:
    """The inverse, for what the library reports. A zone (`%eth0`) is dropped."""
    host, _, port = text.rpartition(":")
    return host.strip("[]").partition("%")[0], int(port)
