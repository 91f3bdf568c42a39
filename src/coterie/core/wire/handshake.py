"""What the join and the link handshake have in common: a table of steps, a transcript, and sealing from some step on.

A table row says, for a state and a frame type, which side sends the frame, whether it is sealed, and what the state is
afterwards. The same table drives both sides, so what one may send is exactly what the other may receive. Whatever is
not in the table, does not open or does not parse ends the handshake: the machine is closed and stays so, and the
connection is to be closed without a byte.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from coterie.core.codec.tls import Reader, Writer, malformed
from coterie.core.crypto import kem
from coterie.core.crypto.kem_types import Encapsulated
from coterie.core.crypto.signing import Signing, sign_with_label
from coterie.core.crypto.suites import MLDSA_SCHEMES, Suite
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.limits import HANDSHAKE_FRAME_SIZE, HANDSHAKE_FRAME_SIZE_MLDSA
from coterie.core.kernel.world import Entropy
from coterie.core.wire.frames import Frame
from coterie.core.wire.link_cipher import LinkCipher
from coterie.core.wire.transcript import Transcript

Frames = tuple[Frame, ...]


class Role(StrEnum):
    """The side that opened the connection, and the other one."""

    CALLER = "caller"
    CALLED = "called"


@dataclass(frozen=True, slots=True)
class Row:
    """`speaker` sends the frame, in clear or sealed, and then the state is `after`."""

    speaker: Role
    sealed: bool
    after: str


Table = Mapping[tuple[str, int], Row]

START = "start"
CLOSED = "closed"


def frame_limit(suite: Suite) -> int:
    """The largest body of a handshake frame, in bytes."""
    return HANDSHAKE_FRAME_SIZE_MLDSA if suite.signature in MLDSA_SCHEMES else HANDSHAKE_FRAME_SIZE


class Conduct:
    """One side's way through a table. `state` may be read; `close` ends it."""

    def __init__(self, table: Table, role: Role) -> None:
        self._table = table
        self._role = role
        self._transcript: Transcript | None = None
        self._cipher: LinkCipher | None = None
        self.state = START

    def record(self, transcript: Transcript) -> None:
        """From here on every frame goes into `transcript`."""
        self._transcript = transcript

    def seal_with(self, cipher: LinkCipher) -> None:
        """The keys for the sealed rows of the table."""
        self._cipher = cipher

    @property
    def transcript(self) -> Transcript:
        """RuntimeError before `record`."""
        if self._transcript is None:
            raise RuntimeError("no transcript yet")
        return self._transcript

    @property
    def hash(self) -> bytes:
        """The transcript hash so far; empty before `record`."""
        return b"" if self._transcript is None else self._transcript.hash

    @property
    def cipher(self) -> LinkCipher:
        """RuntimeError before `seal_with`."""
        if self._cipher is None:
            raise RuntimeError("no keys yet")
        return self._cipher

    def close(self) -> None:
        """Nothing is taken or sent any more."""
        self.state = CLOSED

    def encapsulate(self, suite: Suite, public: bytes, entropy: Entropy) -> Encapsulated:
        """A secret for the holder of `public`. A key that is refused closes the handshake."""
        try:
            return kem.encapsulate(suite, public, entropy)
        except PeerError:
            self.close()
            raise

    def take(self, frame_type: int, body: bytes) -> bytes:
        """A frame of the other side: its plaintext, and the state has moved. Raises `out-of-order` and others."""
        row = self._table.get((self.state, frame_type))
        if row is None or row.speaker == self._role:
            raise PeerError("out-of-order", "a handshake frame came that cannot come now")
        plaintext = self.cipher.open_sealed(frame_type, body) if row.sealed else body
        self._move(row, frame_type, plaintext)
        return plaintext

    def put(self, frame_type: IntEnum, plaintext: bytes) -> Frame:
        """A frame of this side, ready to transmit, and the state has moved. RuntimeError if it is not our turn."""
        row = self._table.get((self.state, frame_type))
        if row is None or row.speaker != self._role:
            raise RuntimeError(f"{frame_type.name} cannot be sent in state {self.state}")
        body = self.cipher.seal(frame_type, plaintext) if row.sealed else plaintext
        self._move(row, frame_type, plaintext)
        return Frame(int(frame_type), body)

    def _move(self, row: Row, frame_type: int, plaintext: bytes) -> None:
        if self._transcript is not None:
            self._transcript.add(frame_type, plaintext)
        self.state = row.after


def proof_content(role: str, transcript: bytes) -> bytes:
    """What a device signs to prove itself in a handshake: struct { opaque role<V>; opaque transcript<V>; }"""
    return Writer().opaque(role.encode("ascii")).opaque(transcript).bytes()


def sign_proof(label: str, role: str, transcript: bytes) -> Signing[bytes]:
    """The device's signature, as a step that a slow signer may answer."""
    return sign_with_label(label, proof_content(role, transcript))


def read_version(reader: Reader, version: int) -> None:
    """Refuses any other version by name."""
    found = reader.u8()
    if found != version:
        raise PeerError("needs-newer-version", f"handshake version {found} is not known to this version")


def non_empty(data: bytes, what: str) -> bytes:
    """An opaque that must hold something."""
    if not data:
        raise malformed(f"{what}: empty")
    return data


def must_be_empty(body: bytes) -> None:
    """For frames that say something by coming."""
    if body:
        raise malformed("handshake frame: not empty")
