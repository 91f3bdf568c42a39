"""Ciphersuites as data (RFC 9420 section 17.1; draft-ietf-mls-pq-ciphersuites-06).

A suite is a row of names; the code behind a name lives in `kem`, `kdf`, `aead` and `signature`. Nothing is
negotiated: a circle has one suite, fixed in its first object.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from types import MappingProxyType

from coterie.core.kernel.errors import PeerError


class KemId(IntEnum):
    """HPKE KEM identifiers (RFC 9180 section 7.1, draft-ietf-hpke-pq)."""

    DHKEM_P256 = 0x0010
    DHKEM_P384 = 0x0011
    DHKEM_X25519 = 0x0020
    MLKEM768 = 0x0041
    MLKEM1024 = 0x0042
    MLKEM768_P256 = 0x0050
    MLKEM1024_P384 = 0x0051
    MLKEM768_X25519 = 0x647A


class AeadId(IntEnum):
    """HPKE AEAD identifiers (RFC 9180 section 7.3)."""

    AES_128_GCM = 0x0001
    AES_256_GCM = 0x0002
    CHACHA20_POLY1305 = 0x0003


class SignatureScheme(IntEnum):
    """TLS SignatureScheme numbers, as RFC 9420 section 17.1 names them."""

    ECDSA_P256_SHA256 = 0x0403
    ECDSA_P384_SHA384 = 0x0503
    ED25519 = 0x0807
    MLDSA44 = 0x0904
    MLDSA65 = 0x0905
    MLDSA87 = 0x0906


MLDSA_SCHEMES = frozenset({SignatureScheme.MLDSA44, SignatureScheme.MLDSA65, SignatureScheme.MLDSA87})
"""Schemes whose signatures alone take 2.4 to 4.6 kB, so that frames and size classes are larger."""

_HASH_SIZES: Mapping[str, int] = MappingProxyType({"sha256": 32, "sha384": 48, "sha512": 64})
_KEY_SIZES: Mapping[AeadId, int] = MappingProxyType(
    {AeadId.AES_128_GCM: 16, AeadId.AES_256_GCM: 32, AeadId.CHACHA20_POLY1305: 32}
)


@dataclass(frozen=True, slots=True, eq=False)
class Suite:
    """One ciphersuite. There is one object for each id, so identity is equality and hashing is cheap."""

    id: int
    name: str
    kem: KemId
    kdf_hash: str
    aead: AeadId
    signature: SignatureScheme

    hash_size: int = field(init=False)
    """KDF.Nh in bytes: size of a digest, of a MAC and of every secret of the key schedule."""
    key_size: int = field(init=False)
    """AEAD.Nk in bytes."""
    nonce_size: int = field(init=False, default=12)
    """AEAD.Nn in bytes: the same for all three."""

    def __post_init__(self) -> None:
        # Asked for several times in every message, so looked up once.
        object.__setattr__(self, "hash_size", _HASH_SIZES[self.kdf_hash])
        object.__setattr__(self, "key_size", _KEY_SIZES[self.aead])


def _table(*rows: Suite) -> Mapping[int, Suite]:
    return MappingProxyType({row.id: row for row in rows})


SUITES: Mapping[int, Suite] = _table(
    Suite(
        0x0001,
        "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519",
        KemId.DHKEM_X25519,
        "sha256",
        AeadId.AES_128_GCM,
        SignatureScheme.ED25519,
    ),
    Suite(
        0x0002,
        "MLS_128_DHKEMP256_AES128GCM_SHA256_P256",
        KemId.DHKEM_P256,
        "sha256",
        AeadId.AES_128_GCM,
        SignatureScheme.ECDSA_P256_SHA256,
    ),
    Suite(
        0x0003,
        "MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519",
        KemId.DHKEM_X25519,
        "sha256",
        AeadId.CHACHA20_POLY1305,
        SignatureScheme.ED25519,
    ),
    Suite(
        0x0007,
        "MLS_256_DHKEMP384_AES256GCM_SHA384_P384",
        KemId.DHKEM_P384,
        "sha384",
        AeadId.AES_256_GCM,
        SignatureScheme.ECDSA_P384_SHA384,
    ),
    Suite(
        0xF602,
        "MLS_128_MLKEM768X25519_AES256GCM_SHA384_Ed25519",
        KemId.MLKEM768_X25519,
        "sha384",
        AeadId.AES_256_GCM,
        SignatureScheme.ED25519,
    ),
)
"""The suites in use. A further one of the draft's table (0xF601…0xF60B) is one more row."""

DEFAULT_SUITE_ID = 0xF602
"""Suite of new circles: TBD2 of the draft, X-Wing with Ed25519, AES-256-GCM and SHA-384."""


def suite(suite_id: int) -> Suite:
    """The suite with this number; `unsupported-suite` for any other."""
    found = SUITES.get(suite_id)
    if found is None:
        raise PeerError("unsupported-suite", f"ciphersuite 0x{suite_id:04x} is not supported")
    return found
