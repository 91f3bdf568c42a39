"""PreSharedKeyID (RFC 9420 section 8.4): the name of a pre-shared key, with a fresh nonce."""

from dataclasses import dataclass, field

from coterie.core.codec.tls import Reader, Writer, malformed
from coterie.core.mls.limits import MAX_FIELD
from coterie.core.mls.registry import (
    PSK_EXTERNAL,
    PSK_RESUMPTION,
    USAGE_APPLICATION,
    USAGE_BRANCH,
    USAGE_REINIT,
)

_USAGES = frozenset({USAGE_APPLICATION, USAGE_REINIT, USAGE_BRANCH})


@dataclass(frozen=True, slots=True)
class PreSharedKeyId:
    """External keys have `psk_id`; resumption keys have usage, group and epoch."""

    type: int
    nonce: bytes = field(repr=False)
    psk_id: bytes = field(default=b"", repr=False)
    usage: int = 0
    group_id: bytes = b""
    epoch: int = 0

    def write(self, out: Writer) -> None:
        out.u8(self.type)
        if self.type == PSK_EXTERNAL:
            out.opaque(self.psk_id)
        else:
            out.u8(self.usage).opaque(self.group_id).u64(self.epoch)
        out.opaque(self.nonce)

    def encode(self) -> bytes:
        """struct PreSharedKeyID."""
        out = Writer()
        self.write(out)
        return out.bytes()


def external_psk(psk_id: bytes, nonce: bytes) -> PreSharedKeyId:
    """The name of a key that both sides have from elsewhere; `nonce` is `hash_size` fresh bytes."""
    return PreSharedKeyId(PSK_EXTERNAL, nonce, psk_id)


def resumption_psk(group_id: bytes, epoch: int, nonce: bytes) -> PreSharedKeyId:
    """The name of the resumption key of an epoch, for use inside a commit."""
    return PreSharedKeyId(PSK_RESUMPTION, nonce, b"", USAGE_APPLICATION, group_id, epoch)


def read_psk_id(reader: Reader) -> PreSharedKeyId:
    """One PreSharedKeyID."""
    kind = reader.u8()
    if kind == PSK_EXTERNAL:
        psk_id = reader.opaque(MAX_FIELD)
        return PreSharedKeyId(kind, reader.opaque(MAX_FIELD), psk_id)
    if kind != PSK_RESUMPTION:
        raise malformed("pre-shared key id: unknown type")
    usage, group_id, epoch = reader.u8(), reader.opaque(MAX_FIELD), reader.u64()
    if usage not in _USAGES:
        raise malformed("pre-shared key id: unknown usage")
    return PreSharedKeyId(kind, reader.opaque(MAX_FIELD), b"", usage, group_id, epoch)
