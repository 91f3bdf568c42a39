"""The running hash over a handshake: what both sides have seen, in order.

t₀ = Hash(ALPN, first endpoint id, second endpoint id, circle_id, context); tₙ = Hash(tₙ₋₁, plaintext of step n). Each
field has a u32 length in front, so no two different histories are the same bytes.
"""

from coterie.core.crypto import kdf
from coterie.core.crypto.suites import Suite
from coterie.core.kernel.ids import CircleId, EndpointId


class Transcript:
    """`hash` is the transcript hash so far, of the suite's hash size."""

    __slots__ = ("_suite", "hash")

    def __init__(
        self, suite: Suite, alpn: bytes, caller: EndpointId, called: EndpointId, circle_id: CircleId, context: bytes
    ) -> None:
        self._suite = suite
        self.hash = self._digest(alpn, caller, called, circle_id, context)

    def add(self, frame_type: int, plaintext: bytes) -> None:
        """One frame, as it was before sealing."""
        self.hash = self._digest(self.hash, bytes((frame_type,)) + plaintext)

    def mix(self, data: bytes) -> None:
        """What both sides know without a frame of its own: as a frame of type 0, which none has."""
        self.add(0, data)

    def _digest(self, *fields: bytes) -> bytes:
        return kdf.digest(self._suite, b"".join(len(field).to_bytes(4, "big") + field for field in fields))
