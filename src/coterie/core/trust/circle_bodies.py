"""What the decisions about a circle say: one typed body for each type (PROTOCOL 2)."""

from dataclasses import dataclass
from typing import ClassVar

from coterie.core.codec.items import Item, read_items, refuse_unknown_critical, write_items
from coterie.core.codec.tls import Reader, Writer, malformed
from coterie.core.kernel.ids import ID_SIZE
from coterie.core.kernel.limits import CERTIFICATE_SIZE
from coterie.core.trust.certificates import Certificate, parse_certificate
from coterie.core.trust.cut import Cut, read_cut, write_cut
from coterie.core.trust.names import read_name, write_name
from coterie.core.trust.object_types import ObjectType
from coterie.core.trust.roles import Kind, Role, read_kind, read_role

LIMIT_INVITE = 1
"""Policy limit: u8, the lowest role that may invite."""
KNOWN_LIMITS = frozenset({LIMIT_INVITE})

HIGHEST_VERSION = (1 << 32) - 1
"""Who finds it used by a junior uses it too: of equal versions the senior's counts."""


def _read_first_certificate(reader: Reader) -> Certificate:
    certificate = parse_certificate(reader.opaque(CERTIFICATE_SIZE))
    if not certificate.is_first:
        raise malformed("certificate: not a person's first")
    return certificate


@dataclass(frozen=True, slots=True)
class First:
    """The circle begins: its suite, its name, and the founder's first certificate."""

    TYPE: ClassVar[ObjectType] = ObjectType.FIRST
    suite: int
    name: str
    certificate: Certificate

    def write(self, out: Writer) -> None:
        write_name(out.u16(self.suite), self.name)
        out.opaque(self.certificate.raw)


def read_first(reader: Reader) -> First:
    """struct { u16 suite; opaque name<V>; Certificate certificate<V>; }"""
    return First(reader.u16(), read_name(reader), _read_first_certificate(reader))


@dataclass(frozen=True, slots=True)
class FurtherCertificate:
    """A further device of the issuer's person; from the recovery key, a new root."""

    TYPE: ClassVar[ObjectType] = ObjectType.CERTIFICATE
    certificate: Certificate

    def write(self, out: Writer) -> None:
        out.opaque(self.certificate.raw)


def read_further_certificate(reader: Reader) -> FurtherCertificate:
    """struct { Certificate certificate<V>; }"""
    certificate = parse_certificate(reader.opaque(CERTIFICATE_SIZE))
    if certificate.is_first:
        raise malformed("certificate: a person's first")
    return FurtherCertificate(certificate)


@dataclass(frozen=True, slots=True)
class Recovery:
    """A new recovery key, in the recovery key's own chain."""

    TYPE: ClassVar[ObjectType] = ObjectType.RECOVERY
    recovery_key: bytes

    def write(self, out: Writer) -> None:
        out.opaque(self.recovery_key)


def read_recovery(reader: Reader) -> Recovery:
    """struct { opaque recovery_key<V>; }"""
    return Recovery(reader.opaque())


@dataclass(frozen=True, slots=True)
class Revocation:
    """A device ends at its cut; devices below it go on only if the cut names them."""

    TYPE: ClassVar[ObjectType] = ObjectType.REVOCATION
    device_id: bytes
    cut: Cut

    def write(self, out: Writer) -> None:
        write_cut(out.fixed(self.device_id, ID_SIZE), self.cut)


def read_revocation(reader: Reader) -> Revocation:
    """struct { opaque device_id[32]; CutEntry cut<V>; }"""
    return Revocation(reader.fixed(ID_SIZE), read_cut(reader))


@dataclass(frozen=True, slots=True)
class Grant:
    """An invitation for one person: its Ed25519 key, what it gives, until when (seconds since 1970)."""

    TYPE: ClassVar[ObjectType] = ObjectType.GRANT
    invitation_key: bytes
    role: Role
    kind: Kind
    expiry: int
    approval: bool

    def write(self, out: Writer) -> None:
        out.fixed(self.invitation_key, 32).u8(self.role).u8(self.kind).u64(self.expiry).boolean(self.approval)


def read_grant(reader: Reader) -> Grant:
    """struct { opaque invitation_key[32]; u8 role; u8 kind; u64 expiry; u8 approval; }"""
    return Grant(reader.fixed(32), read_role(reader), read_kind(reader), reader.u64(), reader.boolean())


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A grant admits nobody beyond the cut of its device's chain."""

    TYPE: ClassVar[ObjectType] = ObjectType.WITHDRAWAL
    grant_id: bytes
    cut: Cut

    def write(self, out: Writer) -> None:
        write_cut(out.fixed(self.grant_id, ID_SIZE), self.cut)


def read_withdrawal(reader: Reader) -> Withdrawal:
    """struct { opaque grant_id[32]; CutEntry cut<V>; }"""
    return Withdrawal(reader.fixed(ID_SIZE), read_cut(reader))


@dataclass(frozen=True, slots=True)
class Admission:
    """A person comes in: the grant, their first certificate, the invitation key's signature over both."""

    TYPE: ClassVar[ObjectType] = ObjectType.ADMISSION
    grant_id: bytes
    certificate: Certificate
    signature: bytes

    def write(self, out: Writer) -> None:
        out.fixed(self.grant_id, ID_SIZE).opaque(self.certificate.raw).opaque(self.signature)


def read_admission(reader: Reader) -> Admission:
    """struct { opaque grant_id[32]; Certificate certificate<V>; opaque signature<V>; }"""
    return Admission(reader.fixed(ID_SIZE), _read_first_certificate(reader), reader.opaque())


@dataclass(frozen=True, slots=True)
class Removal:
    """A person leaves for ever, by another's decision or their own."""

    TYPE: ClassVar[ObjectType] = ObjectType.REMOVAL
    person_id: bytes
    cut: Cut

    def write(self, out: Writer) -> None:
        write_cut(out.fixed(self.person_id, ID_SIZE), self.cut)


def read_removal(reader: Reader) -> Removal:
    """struct { opaque person_id[32]; CutEntry cut<V>; }"""
    return Removal(reader.fixed(ID_SIZE), read_cut(reader))


@dataclass(frozen=True, slots=True)
class RoleChange:
    """A person's role from the cut on; `before` is the role that holds up to it."""

    TYPE: ClassVar[ObjectType] = ObjectType.ROLE
    certificate: Certificate
    role: Role
    version: int
    before: Role
    cut: Cut

    def write(self, out: Writer) -> None:
        out.opaque(self.certificate.raw).u8(self.role).u32(self.version).u8(self.before)
        write_cut(out, self.cut)


def read_role_change(reader: Reader) -> RoleChange:
    """struct { Certificate first_certificate<V>; u8 role; u32 version; u8 before; CutEntry cut<V>; }"""
    certificate = _read_first_certificate(reader)
    role, version, before = read_role(reader), read_version(reader), read_role(reader)
    return RoleChange(certificate, role, version, before, read_cut(reader))


@dataclass(frozen=True, slots=True)
class Policy:
    """The circle's limits from the cut on; `previous` is the id of the policy that it replaces, or zero."""

    TYPE: ClassVar[ObjectType] = ObjectType.POLICY
    version: int
    previous: bytes
    limits: tuple[Item, ...]
    cut: Cut

    def write(self, out: Writer) -> None:
        write_items(out.u32(self.version).fixed(self.previous, ID_SIZE), self.limits)
        write_cut(out, self.cut)

    def lowest_inviter(self) -> Role:
        """The lowest role that may invite: `member` where this policy says nothing."""
        for limit in self.limits:
            if limit.type == LIMIT_INVITE:
                return Role(limit.data[0])
        return Role.MEMBER


def read_policy(reader: Reader) -> Policy:
    """struct { u32 version; opaque previous[32]; Item limits<V>; CutEntry cut<V>; }"""
    version, previous, limits = read_version(reader), reader.fixed(ID_SIZE), read_items(reader)
    cut = read_cut(reader)
    refuse_unknown_critical(limits, KNOWN_LIMITS)
    for limit in limits:
        if limit.type == LIMIT_INVITE and limit.data not in (b"\x02", b"\x03", b"\x04"):
            raise malformed("policy: unknown lowest role that may invite")
    return Policy(version, previous, limits, cut)


def next_version(held: int) -> int:
    """The version that replaces the one that holds now."""
    return min(held + 1, HIGHEST_VERSION)


def read_version(reader: Reader) -> int:
    """A u32 from 1 on: versions of roles, policies, standings and settings."""
    version = reader.u32()
    if version == 0:
        raise malformed("version: zero")
    return version
