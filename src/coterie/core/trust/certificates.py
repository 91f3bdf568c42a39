"""Certificates: the keys of a device, and how devices hang together in a person (PROTOCOL 1).

struct {
  u8 version = 1; opaque circle_id[32]; u8 kind; opaque issuer[32]; u16 suite;
  opaque signature_key<V>; opaque recovery_key<V>; u64 created_at; Item items<V>;
  opaque signature<V>;          by signature_key over everything above
  opaque issuer_signature<V>;   by the issuer's key over the same; empty in a person's first certificate
} Certificate;

`issuer` is zero in a person's first certificate, the certifying device's id in a further one, and the
person_id in a new root that the recovery key certifies. circle_id is zero in the founder's first.
"""

from dataclasses import dataclass

from coterie.core.codec.items import Item, read_items, refuse_unknown_critical, write_items
from coterie.core.codec.tls import Reader, Writer, malformed
from coterie.core.crypto.signature import check_public_key, verify_with_label
from coterie.core.crypto.signing import Signing, sign_with_label
from coterie.core.crypto.suites import Suite, suite
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import ID_SIZE, ZERO_ID, DeviceId, PersonId, derive_id
from coterie.core.kernel.limits import CERTIFICATE_SIZE
from coterie.core.kernel.world import Instant
from coterie.core.trust.roles import Kind, read_kind

VERSION = 1
LABEL = "Coterie 1 certificate"
ITEM_PSEUDONYM = 1
"""Not critical: the name under which a joiner comes in, as a profile has it; their profile says it from then on."""
KNOWN_ITEMS = frozenset({ITEM_PSEUDONYM})


@dataclass(frozen=True, slots=True)
class CertificateFields:
    """What a certificate says, before anybody signs it. Times are milliseconds since 1970."""

    circle_id: bytes
    kind: Kind
    issuer: bytes
    suite: int
    signature_key: bytes
    recovery_key: bytes
    created_at: Instant
    items: tuple[Item, ...] = ()

    def encode(self) -> bytes:
        """The bytes that both signatures cover."""
        out = Writer().u8(VERSION).fixed(self.circle_id, ID_SIZE).u8(self.kind).fixed(self.issuer, ID_SIZE)
        out.u16(self.suite).opaque(self.signature_key).opaque(self.recovery_key).u64(self.created_at)
        write_items(out, self.items)
        return out.bytes()


@dataclass(frozen=True, slots=True)
class Certificate:
    """A parsed certificate. Its signatures are good only once `verify_certificate` has returned it."""

    fields: CertificateFields
    signature: bytes
    issuer_signature: bytes
    raw: bytes
    device_id: DeviceId

    @property
    def is_first(self) -> bool:
        """Whether it begins a person."""
        return self.fields.issuer == ZERO_ID

    @property
    def person_id(self) -> PersonId:
        """The person that a first certificate begins; ValueError for a further one, which does not say."""
        if not self.is_first:
            raise ValueError("only a first certificate names its person")
        return PersonId(derive_id("person", self.raw))


def parse_certificate(raw: bytes) -> Certificate:
    """Strict and bounded: `malformed`, `too-large`, or `needs-newer-version`. Verifies nothing."""
    if len(raw) > CERTIFICATE_SIZE:
        raise PeerError("too-large", "a certificate is longer than its limit")
    reader = Reader(raw)
    if reader.u8() != VERSION:
        raise PeerError("needs-newer-version", "a certificate of an unknown version")
    fields = CertificateFields(
        circle_id=reader.fixed(ID_SIZE),
        kind=read_kind(reader),
        issuer=reader.fixed(ID_SIZE),
        suite=reader.u16(),
        signature_key=reader.opaque(),
        recovery_key=reader.opaque(),
        created_at=Instant(reader.u64()),
        items=read_items(reader),
    )
    signature, issuer_signature = reader.opaque(), reader.opaque()
    reader.finish()
    refuse_unknown_critical(fields.items, KNOWN_ITEMS)
    first = fields.issuer == ZERO_ID
    if first and issuer_signature:
        raise malformed("certificate: a first one has no issuer's signature")
    if not first and (not issuer_signature or fields.recovery_key):
        raise malformed("certificate: a further one has an issuer's signature and no recovery key")
    return Certificate(fields, signature, issuer_signature, raw, DeviceId(derive_id("device", raw)))


def verify_certificate(
    certificate: Certificate, circle_id: bytes, circle_suite: Suite, issuer_key: bytes | None
) -> Certificate:
    """Checks circle, suite, keys and signatures.

    `circle_id` is zero for the founder's first. `issuer_key` is the certifying key of a further certificate
    and None for a first one. Errors: `wrong-circle`, `unsupported-suite`, `malformed`, `weak-key`, `bad-signature`.
    """
    fields = certificate.fields
    if fields.circle_id != circle_id:
        raise PeerError("wrong-circle", "a certificate of another circle")
    if fields.suite != circle_suite.id:
        raise PeerError("unsupported-suite", "a certificate of another suite than its circle's")
    if certificate.is_first != (issuer_key is None):
        raise PeerError("bad-certificate", "a first certificate stands where a further one belongs, or the reverse")
    content = fields.encode()
    if fields.recovery_key:
        check_public_key(circle_suite, fields.recovery_key)
    verify_with_label(circle_suite, fields.signature_key, LABEL, content, certificate.signature)  # checks the key too
    if issuer_key is not None:
        verify_with_label(circle_suite, issuer_key, LABEL, content, certificate.issuer_signature)
    return certificate


def certificate_suite(certificate: Certificate) -> Suite:
    """The suite that it names; `unsupported-suite`."""
    return suite(certificate.fields.suite)


def sign_first_certificate(fields: CertificateFields) -> Signing[Certificate]:
    """A person's first certificate, signed by its own key."""
    if fields.issuer != ZERO_ID:
        raise ValueError("a first certificate has no issuer")
    signature = yield from sign_with_label(LABEL, fields.encode())
    return _assemble(fields, signature, b"")


def sign_request(fields: CertificateFields) -> Signing[bytes]:
    """The new device's own signature of a further certificate: what it sends to the device that certifies it."""
    return (yield from sign_with_label(LABEL, fields.encode()))


def sign_further_certificate(fields: CertificateFields, own_signature: bytes) -> Signing[Certificate]:
    """The certifying side: checks the new device's signature, then adds the issuer's."""
    if fields.issuer == ZERO_ID or fields.recovery_key:
        raise ValueError("a further certificate has an issuer and no recovery key")
    content = fields.encode()
    verify_with_label(suite(fields.suite), fields.signature_key, LABEL, content, own_signature)  # checks the key too
    issuer_signature = yield from sign_with_label(LABEL, content)
    return _assemble(fields, own_signature, issuer_signature)


def _assemble(fields: CertificateFields, signature: bytes, issuer_signature: bytes) -> Certificate:
    raw = Writer().fixed(fields.encode()).opaque(signature).opaque(issuer_signature).bytes()
    return Certificate(fields, signature, issuer_signature, raw, DeviceId(derive_id("device", raw)))
