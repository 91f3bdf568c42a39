"""The introduction: how an endpoint that is not known shows that it belongs to the circle, bounded and in one frame.

From a device that the listener knows downwards: each generation is an admission with its grant, or the certificates of
further devices of one person, or both. The caller verifies each object before it looks at the next. The certificate
inside an admission is not sent twice. An introduction opens a link and gives no right.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from coterie.core.codec.tls import Reader, Writer, malformed, parse
from coterie.core.crypto.suites import Suite
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.limits import (
    CERTIFICATE_SIZE,
    HANDSHAKE_FRAME_SIZE,
    HANDSHAKE_FRAME_SIZE_MLDSA,
    INTRODUCTION_GENERATIONS,
    INTRODUCTION_SIZE,
)
from coterie.core.wire.handshake import frame_limit, non_empty, read_version

VERSION = 1


@dataclass(frozen=True, slots=True)
class Generation:
    """One step down: `grant` and `admission` (both or neither empty), then `certificates` of further devices."""

    grant: bytes
    admission: bytes
    certificates: tuple[bytes, ...] = ()

    def encode(self) -> bytes:
        inner = Writer()
        for certificate in self.certificates:
            inner.opaque(certificate)
        return Writer().opaque(self.grant).opaque(self.admission).opaque(inner.bytes()).bytes()


@dataclass(frozen=True, slots=True)
class Introduction:
    """`generations` from the known device down to the dialler, and the dialler's `card`."""

    generations: tuple[Generation, ...]
    card: bytes

    def encode(self) -> bytes:
        out = Writer().u8(VERSION).vector([generation.encode() for generation in self.generations])
        return out.opaque(self.card).bytes()

    def objects(self) -> Iterator[bytes]:
        """Everything but the card, in the order in which it is to be verified."""
        for generation in self.generations:
            if generation.grant:
                yield generation.grant
                yield generation.admission
            yield from generation.certificates


def introduction_limit(suite: Suite) -> int:
    """The largest introduction, in bytes."""
    if frame_limit(suite) == HANDSHAKE_FRAME_SIZE_MLDSA:
        return HANDSHAKE_FRAME_SIZE_MLDSA
    return INTRODUCTION_SIZE


def parse_introduction(suite: Suite, body: bytes) -> Introduction:
    """Raises `too-large`, `malformed` or `needs-newer-version`."""
    if len(body) > introduction_limit(suite):
        raise PeerError("too-large", "an introduction is longer than its limit")
    return parse(_read, body)


def _read(reader: Reader) -> Introduction:
    read_version(reader, VERSION)
    generations = reader.vector(_read_generation, limit=INTRODUCTION_GENERATIONS)
    if not generations:
        raise malformed("introduction: no generation")
    return Introduction(tuple(generations), non_empty(reader.opaque(), "introduction: card"))


def _read_generation(reader: Reader) -> Generation:
    grant, admission = reader.opaque(limit=HANDSHAKE_FRAME_SIZE), reader.opaque(limit=HANDSHAKE_FRAME_SIZE)
    certificates = reader.vector(_read_certificate, limit=INTRODUCTION_GENERATIONS)
    if bool(grant) != bool(admission) or not (grant or certificates):
        raise malformed("introduction: incomplete generation")
    return Generation(grant, admission, tuple(certificates))


def _read_certificate(reader: Reader) -> bytes:
    return non_empty(reader.opaque(limit=CERTIFICATE_SIZE), "introduction: certificate")
