"""Bodies of the join handshake's frames. Certificates, cards, grants and admissions are opaque here."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from coterie.core.codec.tls import Reader, Writer, malformed, opaque, parse
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import ID_SIZE, derive_id
from coterie.core.kernel.limits import HANDOVER_SIZE, KIB, OBJECT_SIZE
from coterie.core.wire.handshake import non_empty, read_version
from coterie.core.wire.invitation import PREFIX_SIZE

VERSION = 1
NONCE_SIZE = 32

HANDOVER_PIECE = 31 * KIB
"""How much of the handed-over objects one frame carries: fits a handshake frame of every suite."""

REFUSALS = frozenset(
    {
        "already-known",
        "invite-expired",
        "invite-used",
        "invite-withdrawn",
        "inviter-not-authorised",
        "not-permitted",
        "waiting-for-approval",
    }
)
"""What an inviter may answer to whoever proved the secret."""

_CODE = re.compile(rb"[a-z][a-z-]{0,39}")


@dataclass(frozen=True, slots=True)
class Request:
    """REQUEST, the only frame that an unproved stranger may send. `mac` covers t₀ and all before it."""

    prefix: bytes
    kem_public: bytes
    commitment: bytes
    mac: bytes

    def authenticated(self) -> bytes:
        """The fields that the MAC covers."""
        out = Writer().u8(VERSION).fixed(self.prefix, PREFIX_SIZE).opaque(self.kem_public)
        return out.fixed(self.commitment, ID_SIZE).bytes()

    def encode(self) -> bytes:
        return self.authenticated() + opaque(self.mac)


def _read_request(reader: Reader) -> Request:
    read_version(reader, VERSION)
    return Request(reader.fixed(PREFIX_SIZE), reader.opaque(), reader.fixed(ID_SIZE), reader.opaque())


def parse_request(body: bytes) -> Request:
    """Raises `malformed` or `needs-newer-version`."""
    return parse(_read_request, body)


@dataclass(frozen=True, slots=True)
class InviterHello:
    """INVITER_HELLO: fresh nonce, and the certificate of the device that the link names."""

    nonce: bytes
    certificate: bytes

    def encode(self) -> bytes:
        return Writer().fixed(self.nonce, NONCE_SIZE).opaque(self.certificate).bytes()


def parse_inviter_hello(body: bytes) -> InviterHello:
    """Raises `malformed`."""
    return parse(lambda reader: InviterHello(reader.fixed(NONCE_SIZE), reader.opaque()), body)


@dataclass(frozen=True, slots=True)
class Opening:
    """OPENING: what the REQUEST committed to."""

    nonce: bytes
    certificate: bytes
    card: bytes

    def encode(self) -> bytes:
        return Writer().fixed(self.nonce, NONCE_SIZE).opaque(self.certificate).opaque(self.card).bytes()

    def commitment(self) -> bytes:
        """id("join-opening", nonce ‖ certificate<V> ‖ card<V>)."""
        return derive_id("join-opening", self.encode())


def parse_opening(body: bytes) -> Opening:
    """Raises `malformed`."""
    return parse(lambda reader: Opening(reader.fixed(NONCE_SIZE), reader.opaque(), reader.opaque()), body)


def parse_blob(body: bytes) -> bytes:
    """Frames that are one `opaque<V>`: encapsulation, signatures, grant, admission. Raises `malformed`."""
    return parse(lambda reader: non_empty(reader.opaque(), "handshake field"), body)


def encode_refusal(code: str) -> bytes:
    """ValueError for a code that is not in `REFUSALS`."""
    if code not in REFUSALS:
        raise ValueError("not a refusal of the join handshake")
    return opaque(code.encode("ascii"))


def parse_refusal(body: bytes) -> str:
    """The code; `malformed` for anything that is not one of `REFUSALS`."""
    data = parse(lambda reader: reader.opaque(limit=40), body)
    code = data.decode("ascii") if _CODE.fullmatch(data) else ""
    if code not in REFUSALS:
        raise malformed("refusal: unknown code")
    return code


def pieces(objects: Iterable[bytes]) -> list[bytes]:
    """The objects, each as `opaque<V>`, one after the other, cut into bodies of OBJECTS frames."""
    stream = b"".join(opaque(data) for data in objects)
    return [stream[start : start + HANDOVER_PIECE] for start in range(0, len(stream), HANDOVER_PIECE)]


class ObjectStream:
    """Puts the pieces together again, with at most one object unfinished at any time."""

    __slots__ = ("_left", "_size", "count")

    def __init__(self) -> None:
        self._left = b""
        self._size = 0
        self.count = 0

    def feed(self, piece: bytes) -> tuple[bytes, ...]:
        """The objects that this piece completes. Raises `malformed` or `too-large`."""
        self._size += len(non_empty(piece, "piece of objects"))
        if self._size > HANDOVER_SIZE:
            raise PeerError("too-large", "more objects were handed over than a circle can have")
        data = self._left + piece
        objects: list[bytes] = []
        start = 0
        while (found := _object_at(data, start)) is not None:
            objects.append(found[0])
            start = found[1]
        self._left = data[start:]
        self.count += len(objects)
        return tuple(objects)

    def finish(self, count: int) -> None:
        """Raises `malformed` if an object was cut, or if not `count` of them came."""
        if self._left or count != self.count:
            raise malformed("objects: not as many as announced")


def _object_at(data: bytes, start: int) -> tuple[bytes, int] | None:
    """The whole object at `start` and where it ends; None if it is not all here yet."""
    if start == len(data):
        return None
    head = (1, 2, 4, 1)[data[start] >> 6]  # the last prefix is reserved: refused by its first byte
    if len(data) - start < head:
        return None
    size = Reader(data[start : start + head]).varint()
    if size > OBJECT_SIZE:
        raise PeerError("too-large", "an object is longer than its limit")
    if size == 0:
        raise malformed("objects: empty object")
    end = start + head + size
    return None if len(data) < end else (data[start + head : end], end)
