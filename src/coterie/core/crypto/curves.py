"""The NIST curves in the encoding of RFC 9180 and RFC 9420: uncompressed points, scalars of fixed size."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from coterie.core.kernel.errors import PeerError


@dataclass(frozen=True, slots=True)
class Curve:
    """One prime curve: its parameters, the size of scalars in bytes and its order."""

    parameters: ec.EllipticCurve
    scalar_size: int
    order: int

    @property
    def point_size(self) -> int:
        """Bytes of an uncompressed point: 0x04, x, y."""
        return 1 + 2 * self.scalar_size

    def is_scalar(self, data: bytes) -> bool:
        """Whether these bytes, big-endian, are a private key: above zero, below the order."""
        return 0 < int.from_bytes(data, "big") < self.order

    def parse(self, point: bytes) -> ec.EllipticCurvePublicKey:
        """A point of the curve; `malformed` for compressed form, wrong size, infinity or another curve."""
        if len(point) != self.point_size or point[0] != 4:
            raise PeerError("malformed", "malformed elliptic-curve key: encoding")
        try:
            return ec.EllipticCurvePublicKey.from_encoded_point(self.parameters, point)
        except ValueError:
            raise PeerError("malformed", "malformed elliptic-curve key: not a point of the curve") from None

    def encode(self, key: ec.EllipticCurvePublicKey) -> bytes:
        """The uncompressed point."""
        return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


CURVES: Mapping[str, Curve] = MappingProxyType(
    {
        "P-256": Curve(ec.SECP256R1(), 32, 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551),
        "P-384": Curve(
            ec.SECP384R1(),
            48,
            int(
                "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
                16,
            ),
        ),
    }
)
