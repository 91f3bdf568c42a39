"""Welcome (RFC 9420 section 12.4.3.1): the keys of an epoch, encrypted to each client that a commit added."""

from dataclasses import dataclass, field

from coterie.core.codec.tls import Reader, Writer, parse
from coterie.core.mls.limits import MAX_FIELD, MAX_LEAVES, MAX_MESSAGE
from coterie.core.mls.psk_id import PreSharedKeyId, read_psk_id
from coterie.core.mls.update_path import HpkeCiphertext, read_hpke_ciphertext

MAX_PSKS = 64


@dataclass(frozen=True, slots=True)
class GroupSecrets:
    """What one joiner decrypts with its init key."""

    joiner_secret: bytes = field(repr=False)
    path_secret: bytes | None = field(repr=False)
    psks: tuple[PreSharedKeyId, ...]

    def encode(self) -> bytes:
        """struct { opaque joiner_secret<V>; optional<PathSecret> path_secret; PreSharedKeyID psks<V>; }"""
        path = None if self.path_secret is None else Writer().opaque(self.path_secret).bytes()
        out = Writer().opaque(self.joiner_secret).optional(path)
        return out.vector([psk.encode() for psk in self.psks]).bytes()


def parse_group_secrets(data: bytes) -> GroupSecrets:
    """One whole GroupSecrets."""

    def read(reader: Reader) -> GroupSecrets:
        joiner = reader.opaque(MAX_FIELD)
        path = reader.optional(lambda r: r.opaque(MAX_FIELD))
        return GroupSecrets(joiner, path, tuple(reader.vector(read_psk_id, MAX_PSKS)))

    return parse(read, data)


@dataclass(frozen=True, slots=True)
class EncryptedGroupSecrets:
    """GroupSecrets for the holder of one KeyPackage."""

    new_member: bytes
    secrets: HpkeCiphertext

    def encode(self) -> bytes:
        """struct { KeyPackageRef new_member; HPKECiphertext encrypted_group_secrets; }"""
        out = Writer().opaque(self.new_member)
        self.secrets.write(out)
        return out.bytes()


@dataclass(frozen=True, slots=True)
class Welcome:
    """struct { CipherSuite; EncryptedGroupSecrets secrets<V>; opaque encrypted_group_info<V>; } Welcome"""

    suite_id: int
    secrets: tuple[EncryptedGroupSecrets, ...]
    encrypted_group_info: bytes = field(repr=False)

    def encode(self) -> bytes:
        """struct Welcome."""
        out = Writer().u16(self.suite_id).vector([entry.encode() for entry in self.secrets])
        return out.opaque(self.encrypted_group_info).bytes()


def _read_entry(reader: Reader) -> EncryptedGroupSecrets:
    return EncryptedGroupSecrets(reader.opaque(MAX_FIELD), read_hpke_ciphertext(reader))


def read_welcome(reader: Reader) -> Welcome:
    """One Welcome."""
    suite_id = reader.u16()
    entries = tuple(reader.vector(_read_entry, MAX_LEAVES))
    return Welcome(suite_id, entries, reader.opaque(MAX_MESSAGE))
