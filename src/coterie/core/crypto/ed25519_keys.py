"""Which foreign Ed25519 public keys are taken (RFC 8032 section 5.1.3, and the low-order points).

Libraries load any 32 bytes. A key of low order lets one signature pass for many messages, and a second
encoding of one point splits an identity in two; so both are refused when first seen.
"""

from coterie.core.kernel.errors import PeerError

KEY_SIZE = 32

_P = 2**255 - 19
_D = -121665 * pow(121666, -1, _P) % _P
_Y_OF_ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_LOW_ORDER_Y = frozenset({0, 1, _P - 1, _Y_OF_ORDER_8, _P - _Y_OF_ORDER_8})
"""The y of all eight points whose order divides 8; each y stands for both signs of x."""


def check_encoding(public_key: bytes) -> None:
    """Raises `malformed` (size, second encoding, no point of the curve) or `weak-key` (low order)."""
    if len(public_key) != KEY_SIZE:
        raise PeerError("malformed", "malformed Ed25519 key: size")
    y = int.from_bytes(public_key, "little") & ((1 << 255) - 1)
    if y % _P in _LOW_ORDER_Y:
        raise PeerError("weak-key", "an Ed25519 key has low order")
    if y >= _P:
        raise PeerError("weak-key", "an Ed25519 key is not in canonical form")
    numerator = (y * y - 1) % _P
    denominator = (_D * y * y + 1) % _P
    if pow(numerator * denominator, (_P - 1) // 2, _P) != 1:
        raise PeerError("malformed", "malformed Ed25519 key: not a point of the curve")
