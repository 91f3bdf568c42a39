"""GroupContext (RFC 9420 section 8.1): what all members of an epoch agree on."""

from dataclasses import dataclass, field

from coterie.core.codec.tls import Reader, Writer, malformed, parse
from coterie.core.mls.extension import Extensions, read_extensions, write_extensions
from coterie.core.mls.limits import MAX_FIELD
from coterie.core.mls.registry import MLS10


@dataclass(frozen=True, slots=True)
class GroupContext:
    """The public summary of one epoch; its encoding is bound into every key and signature of the epoch."""

    suite_id: int
    group_id: bytes
    epoch: int
    tree_hash: bytes = field(repr=False)
    confirmed_transcript_hash: bytes = field(repr=False)
    extensions: Extensions = ()

    def encode(self) -> bytes:
        """struct GroupContext, version mls10."""
        out = Writer().u16(MLS10).u16(self.suite_id).opaque(self.group_id).u64(self.epoch)
        out.opaque(self.tree_hash).opaque(self.confirmed_transcript_hash)
        write_extensions(out, self.extensions)
        return out.bytes()


def read_group_context(reader: Reader) -> GroupContext:
    """One GroupContext; another protocol version is refused."""
    if reader.u16() != MLS10:
        raise malformed("group context: unknown version")
    suite_id, group_id, epoch = reader.u16(), reader.opaque(MAX_FIELD), reader.u64()
    tree_hash, transcript = reader.opaque(MAX_FIELD), reader.opaque(MAX_FIELD)
    return GroupContext(suite_id, group_id, epoch, tree_hash, transcript, read_extensions(reader))


def parse_group_context(data: bytes) -> GroupContext:
    """One whole GroupContext."""
    return parse(read_group_context, data)
