"""Credentials (RFC 9420 section 5.3): who a leaf says it is. MLS carries them; others judge them.

`basic` is in use. `x509` is parsed so that a message carrying it can be named; leaves with it are refused until
a later version judges chains (`leaf_rules.py`).
"""

from dataclasses import dataclass, field

from coterie.core.codec.tls import Reader, Writer
from coterie.core.kernel.errors import PeerError
from coterie.core.mls.limits import MAX_FIELD
from coterie.core.mls.registry import CREDENTIAL_BASIC, CREDENTIAL_X509

MAX_CERTIFICATES = 16


@dataclass(frozen=True, slots=True)
class Credential:
    """struct { CredentialType type; select (type) { basic: opaque identity<V>; x509: Certificate chain<V>; } }"""

    type: int
    identity: bytes = field(default=b"", repr=False)
    certificates: tuple[bytes, ...] = field(default=(), repr=False)

    def write(self, out: Writer) -> None:
        out.u16(self.type)
        if self.type == CREDENTIAL_BASIC:
            out.opaque(self.identity)
        else:
            inner = Writer()
            for certificate in self.certificates:
                inner.opaque(certificate)
            out.opaque(inner.bytes())


def basic_credential(identity: bytes) -> Credential:
    """A credential that is a bare identity: in this project person_id ‖ device_id."""
    return Credential(CREDENTIAL_BASIC, identity)


def read_credential(reader: Reader) -> Credential:
    """One credential; `unsupported-credential` for a type that we cannot even parse."""
    kind = reader.u16()
    if kind == CREDENTIAL_BASIC:
        return Credential(kind, reader.opaque(MAX_FIELD))
    if kind == CREDENTIAL_X509:
        chain = reader.vector(lambda r: r.opaque(MAX_FIELD), MAX_CERTIFICATES)
        return Credential(kind, certificates=tuple(chain))
    raise PeerError("unsupported-credential", f"credential type {kind} is not supported")
