"""GroupInfo (RFC 9420 section 12.4.3): an epoch as one member shows it to somebody who joins."""

from dataclasses import dataclass, field, replace

from coterie.core.codec.tls import Reader, Writer, parse
from coterie.core.crypto.signing import Signing, sign_with_label
from coterie.core.mls.extension import Extensions, read_extensions, write_extensions
from coterie.core.mls.group_context import GroupContext, read_group_context
from coterie.core.mls.limits import MAX_FIELD


@dataclass(frozen=True, slots=True)
class GroupInfo:
    """struct { GroupContext; extensions<V>; MAC confirmation_tag; uint32 signer; opaque signature<V>; }"""

    context: GroupContext
    extensions: Extensions
    confirmation_tag: bytes = field(repr=False)
    signer: int
    signature: bytes = field(default=b"", repr=False)

    def to_be_signed(self) -> bytes:
        """GroupInfoTBS."""
        out = Writer().fixed(self.context.encode())
        write_extensions(out, self.extensions)
        return out.opaque(self.confirmation_tag).u32(self.signer).bytes()

    def encode(self) -> bytes:
        """struct GroupInfo."""
        return Writer().fixed(self.to_be_signed()).opaque(self.signature).bytes()


def read_group_info(reader: Reader) -> GroupInfo:
    """One GroupInfo."""
    context, extensions = read_group_context(reader), read_extensions(reader)
    tag, signer = reader.opaque(MAX_FIELD), reader.u32()
    return GroupInfo(context, extensions, tag, signer, reader.opaque(MAX_FIELD))


def parse_group_info(data: bytes) -> GroupInfo:
    """One whole GroupInfo."""
    return parse(read_group_info, data)


def sign_group_info(info: GroupInfo) -> Signing[GroupInfo]:
    """The GroupInfo with its signature (label `GroupInfoTBS`)."""
    signature = yield from sign_with_label("GroupInfoTBS", info.to_be_signed())
    return replace(info, signature=signature)
