"""Diffie-Hellman groups as the KEMs use them: a private key that exchanges, and checked public bytes."""

from functools import lru_cache
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric import ec, x25519

from coterie.core.crypto.curves import CURVES, Curve
from coterie.core.kernel.errors import PeerError

CACHED_PUBLIC_KEYS = 512
"""Parsed public keys kept ready in each group."""


class DhPrivate(Protocol):
    """A ready private key."""

    def public_bytes(self) -> bytes: ...

    def exchange(self, public: bytes) -> bytes:
        """The shared secret; `malformed` or `weak-key` for what is no good public key."""
        ...


class DhGroup(Protocol):
    """A group: sizes in bytes, which scalars it takes, private keys from scalars."""

    scalar_size: int
    point_size: int

    def is_scalar(self, data: bytes) -> bool: ...

    def private(self, scalar: bytes) -> DhPrivate: ...

    def check_public(self, public: bytes) -> None: ...


_X25519_P = 2**255 - 19
_X25519_LOW_ORDER = frozenset(
    {
        0,
        1,
        _X25519_P - 1,
        325606250916557431795983626356110631294008115727848805560023387167927233504,
        39382357235489614581723060781553021112529911719440698176882885853963445705823,
    }
)
"""The u of every point whose order divides 8, on the curve or its twist (RFC 7748 section 6.1)."""


def _weak() -> PeerError:
    return PeerError("weak-key", "an X25519 exchange would give zero")


@lru_cache(maxsize=CACHED_PUBLIC_KEYS)
def _x25519_public(public: bytes) -> x25519.X25519PublicKey:
    if len(public) != 32:
        raise PeerError("malformed", "malformed X25519 key: size")
    u = int.from_bytes(public, "little") & ((1 << 255) - 1)
    if u % _X25519_P in _X25519_LOW_ORDER:
        raise _weak()
    return x25519.X25519PublicKey.from_public_bytes(public)


class _X25519Private:
    __slots__ = ("_key",)

    def __init__(self, scalar: bytes) -> None:
        self._key = x25519.X25519PrivateKey.from_private_bytes(scalar)

    def public_bytes(self) -> bytes:
        return self._key.public_key().public_bytes_raw()

    def exchange(self, public: bytes) -> bytes:
        try:
            return self._key.exchange(_x25519_public(public))
        except ValueError:  # the library's own check for an all-zero result
            raise _weak() from None


class X25519Group:
    """X25519 (RFC 7748). Every 32 bytes are a scalar."""

    scalar_size = 32
    point_size = 32

    def is_scalar(self, data: bytes) -> bool:
        """Always: clamping happens inside the exchange."""
        return len(data) == self.scalar_size

    def private(self, scalar: bytes) -> DhPrivate:
        """ValueError if `scalar` is not 32 bytes."""
        return _X25519Private(scalar)

    def check_public(self, public: bytes) -> None:
        """`malformed` by size, `weak-key` when every exchange with it gives zero."""
        _x25519_public(public)


class _CurvePrivate:
    __slots__ = ("_group", "_key")

    def __init__(self, group: "CurveGroup", scalar: bytes) -> None:
        if len(scalar) != group.scalar_size or not group.curve.is_scalar(scalar):
            raise ValueError("not a private key of this curve")
        self._group = group
        self._key = ec.derive_private_key(int.from_bytes(scalar, "big"), group.curve.parameters)

    def public_bytes(self) -> bytes:
        return self._group.curve.encode(self._key.public_key())

    def exchange(self, public: bytes) -> bytes:
        return self._key.exchange(ec.ECDH(), self._group.parsed(public))


class CurveGroup:
    """ECDH on a NIST curve; the secret is the x coordinate (RFC 9180 section 4.1)."""

    def __init__(self, curve: Curve) -> None:
        self.curve = curve
        self.scalar_size = curve.scalar_size
        self.point_size = curve.point_size
        self.parsed = lru_cache(maxsize=CACHED_PUBLIC_KEYS)(curve.parse)

    def is_scalar(self, data: bytes) -> bool:
        """Above zero and below the order, big-endian."""
        return self.curve.is_scalar(data)

    def private(self, scalar: bytes) -> DhPrivate:
        """ValueError if `scalar` is not a private key."""
        return _CurvePrivate(self, scalar)

    def check_public(self, public: bytes) -> None:
        """`malformed` unless an uncompressed point of the curve."""
        self.parsed(public)


X25519 = X25519Group()
P256 = CurveGroup(CURVES["P-256"])
P384 = CurveGroup(CURVES["P-384"])
