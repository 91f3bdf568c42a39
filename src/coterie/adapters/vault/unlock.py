"""The key file beside the vault: the random data key, wrapped by what Argon2id makes of the passphrase.

    struct {
        opaque magic[16] = "coterie vaultkey";
        uint16 version = 1;             // 1: Argon2id 1.3, AES-256-GCM
        uint32 passes;
        uint32 memory_kib;
        uint32 lanes;
        opaque salt[16];
        opaque nonce[12];
        opaque wrapped<V>;              // AEAD of the 32-byte data key, everything before as additional data
    } VaultKey;

A new passphrase means a new key file; the database is not rewritten.
"""

from dataclasses import dataclass
from pathlib import Path

from coterie.adapters.vault.errors import DB_CORRUPT, user_error
from coterie.adapters.vault.files import read_bounded, write_private
from coterie.adapters.vault.stretching import Stretching, calibrate, stretch
from coterie.core.codec.tls import Reader, Writer, parse
from coterie.core.crypto.aead import TAG_SIZE, open_sealed, seal
from coterie.core.crypto.suites import suite
from coterie.core.kernel.errors import PeerError, UserError
from coterie.core.kernel.secret import Secret
from coterie.core.kernel.world import Entropy

MAGIC = b"coterie vaultkey"
VERSION = 1
SALT_SIZE = 16
DATA_KEY_SIZE = 32
MAX_FILE_SIZE = 4096
"""Far above the 107 bytes of version 1, so that a later version is named as such and not called damaged."""

_WRAPPING = suite(0xF602)
"""Only for its AEAD, AES-256-GCM; version 1 of the file means exactly this."""


@dataclass(frozen=True, slots=True)
class _KeyFile:
    cost: Stretching
    salt: bytes
    nonce: bytes
    wrapped: bytes

    def header(self) -> bytes:
        out = Writer().fixed(MAGIC, len(MAGIC)).u16(VERSION)
        out.u32(self.cost.passes).u32(self.cost.memory_kib).u32(self.cost.lanes)
        return out.fixed(self.salt, SALT_SIZE).fixed(self.nonce, _WRAPPING.nonce_size).bytes()

    def encoded(self) -> bytes:
        return Writer().fixed(self.header()).opaque(self.wrapped).bytes()


def _read(reader: Reader) -> _KeyFile:
    if reader.fixed(len(MAGIC)) != MAGIC:
        raise user_error(DB_CORRUPT)
    if reader.u16() != VERSION:
        raise UserError(
            "needs-newer-version",
            "this vault's key file was written by a newer version of Coterie",
            "install that version or a later one; nothing was changed",
        )
    cost = Stretching(reader.u32(), reader.u32(), reader.u32())
    salt, nonce = reader.fixed(SALT_SIZE), reader.fixed(_WRAPPING.nonce_size)
    wrapped = reader.opaque(limit=DATA_KEY_SIZE + TAG_SIZE)
    if not cost.acceptable() or len(wrapped) != DATA_KEY_SIZE + TAG_SIZE:
        raise user_error(DB_CORRUPT)
    return _KeyFile(cost, salt, nonce, wrapped)


def create_key_file(path: Path, passphrase: Secret, entropy: Entropy, cost: Stretching | None = None) -> Secret:
    """Makes a random data key, writes it wrapped (mode 0600, durable) and returns it.

    Call it before the vault's database is made: a key file without a database holds nothing. Without `cost` the
    parameters are measured on this machine.
    """
    data_key = Secret(entropy.random(DATA_KEY_SIZE))
    _write(path, passphrase, data_key, entropy, cost)
    return data_key


def open_key_file(path: Path, passphrase: Secret | None) -> Secret:
    """The data key. Raises `locked` without a passphrase, `wrong-passphrase`, `db-corrupt` or `data-dir-…`.

    An altered key file is answered like a wrong passphrase, after the same work.
    """
    data = read_bounded(path, MAX_FILE_SIZE)
    if len(data) > MAX_FILE_SIZE:
        raise user_error(DB_CORRUPT)
    try:
        found = parse(_read, data)
    except PeerError as error:
        raise user_error(DB_CORRUPT) from error
    if passphrase is None:
        raise UserError("locked", "the vault is locked", "set COTERIE_PASSPHRASE_FILE or start on a terminal")
    key = stretch(passphrase, found.salt, found.cost)
    try:
        return Secret(open_sealed(_WRAPPING, key, found.nonce, found.header(), found.wrapped))
    except PeerError:
        raise UserError("wrong-passphrase", "the passphrase does not open this vault", "try again") from None


def change_passphrase(path: Path, old: Secret, new: Secret, entropy: Entropy, cost: Stretching | None = None) -> None:
    """Wraps the same data key by a new passphrase; a copy of the old key file still opens by the old one."""
    _write(path, new, open_key_file(path, old), entropy, cost)


def _write(path: Path, passphrase: Secret, data_key: Secret, entropy: Entropy, cost: Stretching | None) -> None:
    chosen = cost or calibrate()
    salt, nonce = entropy.random(SALT_SIZE), entropy.random(_WRAPPING.nonce_size)
    key = stretch(passphrase, salt, chosen)
    header = _KeyFile(chosen, salt, nonce, b"").header()
    wrapped = seal(_WRAPPING, key, nonce, header, data_key.reveal())
    write_private(path, _KeyFile(chosen, salt, nonce, wrapped).encoded())
