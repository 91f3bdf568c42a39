"""authenticated_data of an envelope, in clear on the PrivateMessage, and the size classes of whole envelopes.

The receiver checks every field against what MLS authenticated; `kind` is the label that keeps a receipt from being
read as content and a message of one conversation from counting in another (T041).
"""

from dataclasses import dataclass
from enum import IntEnum

from coterie.core.codec.items import Item, read_items, refuse_unknown_critical, write_items
from coterie.core.codec.tls import Reader, Writer, malformed, parse
from coterie.core.crypto.suites import MLDSA_SCHEMES, Suite
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import ID_SIZE, ConversationId, DeviceId
from coterie.core.kernel.limits import HIGHEST_NUMBER

VERSION = 1
EPOCH_ID_PREFIX = 8
"""Bytes of epoch_id that stand in every envelope: enough to tell the branches of one group apart."""

BLOCK_FILLING = 14_336
"""The largest class that one sealed block carries; larger envelopes are multiples of it."""

SIZE_CLASSES = (768, 1_024, 2_048, 4_096, 8_192, BLOCK_FILLING)
SIZE_CLASSES_MLDSA = (3_072, 4_096, 5_632, 8_192, BLOCK_FILLING)
"""For suites whose signatures alone take 2.4 to 4.6 kB."""


class Kind(IntEnum):
    """What an envelope carries. Another number is a later version's: counted, kept, not shown."""

    CONTENT = 1
    STATUS = 2
    COMMIT = 3
    CONTROL = 4


@dataclass(frozen=True, slots=True)
class AuthenticatedData:
    """`number`: the sender's count in this conversation, from 1 (0 for a commit); `first`: its first number in this
    epoch; `epoch_id`: the first 8 bytes; `keep_until`: hours since 1970, 0 when the policy decides."""

    kind: int
    conversation_id: ConversationId
    sender_device: DeviceId
    number: int
    first: int
    epoch_id: bytes
    keep_until: int
    items: tuple[Item, ...] = ()

    def encode(self) -> bytes:
        """95 bytes when `items` is empty."""
        out = Writer().u8(VERSION).u8(self.kind)
        out.fixed(self.conversation_id, ID_SIZE).fixed(self.sender_device, ID_SIZE)
        out.u64(self.number).u64(self.first).fixed(self.epoch_id, EPOCH_ID_PREFIX).u32(self.keep_until)
        write_items(out, self.items)
        return out.bytes()


def parse_authenticated_data(data: bytes, known_items: frozenset[int] = frozenset()) -> AuthenticatedData:
    """Raises `malformed`, or `needs-newer-version` for an unknown version or critical item."""
    parsed = parse(_read, data)
    refuse_unknown_critical(parsed.items, known_items)
    return parsed


def _read(reader: Reader) -> AuthenticatedData:
    version = reader.u8()
    if version != VERSION:
        raise PeerError("needs-newer-version", f"authenticated_data version {version} is not known to this version")
    kind = reader.u8()
    conversation_id = ConversationId(reader.fixed(ID_SIZE))
    sender_device = DeviceId(reader.fixed(ID_SIZE))
    number, first = reader.u64(), reader.u64()
    if max(number, first) > HIGHEST_NUMBER:
        raise malformed("authenticated_data: number out of range")
    if kind == Kind.COMMIT:
        if number != 0:
            raise malformed("authenticated_data: a commit takes no number")
    elif not 1 <= first <= number:
        raise malformed("authenticated_data: first number of the epoch beyond the number")
    epoch_id, keep_until = reader.fixed(EPOCH_ID_PREFIX), reader.u32()
    items = read_items(reader)
    return AuthenticatedData(kind, conversation_id, sender_device, number, first, epoch_id, keep_until, items)


def padded_size(suite: Suite, size: int) -> int:
    """The size class, in bytes, for a whole MLSMessage that has `size` bytes without padding."""
    classes = SIZE_CLASSES_MLDSA if suite.signature in MLDSA_SCHEMES else SIZE_CLASSES
    for limit in classes:
        if size <= limit:
            return limit
    return -(-size // BLOCK_FILLING) * BLOCK_FILLING
