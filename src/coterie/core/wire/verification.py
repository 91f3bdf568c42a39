"""Six words for two people who are linked already: both commit to a nonce, then both open (PROTOCOL 3).

    idle ─we commit→ committed ─they commit→ opened ─they open→ done
    idle ─they commit→ opened ─they open→ done

On entering `opened` both our commitment (if not sent before) and our nonce go out. Nobody sees the other's nonce
before being bound to its own, and the commitment names its device, so sending ours back to us proves nothing.
"""

from dataclasses import dataclass

from coterie.core.codec.tls import Writer
from coterie.core.crypto.suites import Suite
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import ID_SIZE, DeviceId, derive_id
from coterie.core.kernel.world import Entropy
from coterie.core.wire.frames import Frame
from coterie.core.wire.handshake import Frames
from coterie.core.wire.peer_frames import VERIFY_COMMIT, VERIFY_OPEN, VerifyCommit, VerifyOpen
from coterie.core.wire.words import six_words

NONCE_SIZE = 32

_LABEL = "coterie 1 link words"


@dataclass(frozen=True, slots=True)
class Party:
    """One end: its device, and the first certificate of its person."""

    device_id: DeviceId
    first_certificate: bytes


@dataclass(frozen=True, slots=True)
class Step:
    """Frames to transmit, and the words once both have opened (empty before)."""

    frames: Frames
    words: str = ""


def commitment(device_id: DeviceId, nonce: bytes) -> bytes:
    """id("words-opening", device_id ‖ nonce)."""
    return derive_id("words-opening", device_id + nonce)


class Verification:
    """One run on one link. A new run has a new machine and so a new nonce."""

    def __init__(self, suite: Suite, own: Party, other: Party, entropy: Entropy) -> None:
        self._suite = suite
        self._own = own
        self._other = other
        self._nonce = entropy.random(NONCE_SIZE)
        self._theirs = b""
        self.state = "idle"

    def start(self) -> Frames:
        """Our commitment; RuntimeError when the run has begun."""
        if self.state != "idle":
            raise RuntimeError("verification has begun already")
        self.state = "committed"
        return (self._commit(),)

    def receive(self, frame: VerifyCommit | VerifyOpen) -> Step:
        """A frame of the other side. Raises `out-of-order` or `bad-commitment`, and this run is over."""
        try:
            if isinstance(frame, VerifyCommit):
                return self._committed(frame)
            return self._opened(frame)
        except PeerError:
            self.state = "closed"
            raise

    def _commit(self) -> Frame:
        return Frame(VERIFY_COMMIT, VerifyCommit(commitment(self._own.device_id, self._nonce)).encode())

    def _committed(self, frame: VerifyCommit) -> Step:
        if self.state not in ("idle", "committed"):
            raise PeerError("out-of-order", "a commitment came that cannot come now")
        first = (self._commit(),) if self.state == "idle" else ()
        self._theirs = frame.commitment
        self.state = "opened"
        return Step((*first, Frame(VERIFY_OPEN, VerifyOpen(self._nonce).encode())))

    def _opened(self, frame: VerifyOpen) -> Step:
        if self.state != "opened":
            raise PeerError("out-of-order", "a nonce came that cannot come now")
        if commitment(self._other.device_id, frame.nonce) != self._theirs:
            raise PeerError("bad-commitment", "the other device opened something else than it committed to")
        self.state = "done"
        return Step((), six_words(self._suite, _LABEL, self._bound(frame.nonce)))

    def _bound(self, nonce: bytes) -> bytes:
        """Both nonces and both first certificates, the lower person_id (then nonce) first, so both sides have the same."""
        ends = [(self._own.first_certificate, self._nonce), (self._other.first_certificate, nonce)]
        out = Writer()
        for certificate, own_nonce in sorted(ends, key=lambda end: (derive_id("person", end[0]), end[1])):
            out.opaque(certificate).fixed(own_nonce, ID_SIZE)
        return out.bytes()
