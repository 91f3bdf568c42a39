"""Names that people choose: bounded, UTF-8, NFC (PROTOCOL 2; neutralised again wherever they are shown)."""

import unicodedata

from coterie.core.codec.tls import Reader, Writer, malformed
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.limits import NAME_CHARACTERS

_MAX_BYTES = NAME_CHARACTERS * 4


def read_name(reader: Reader) -> str:
    """`opaque<V>` of 1 to 64 characters: `malformed`, `too-large`, or `non-canonical` if it is not NFC."""
    data = reader.opaque(_MAX_BYTES)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise malformed("name: not UTF-8") from None
    if not text:
        raise malformed("name: empty")
    if len(text) > NAME_CHARACTERS:
        raise PeerError("too-large", "a name is longer than its limit")
    if unicodedata.normalize("NFC", text) != text:
        raise PeerError("non-canonical", "a name is not in Unicode normal form C")
    return text


def write_name(out: Writer, name: str) -> None:
    """The inverse. A name of ours that a peer would refuse is a bug here: ValueError."""
    data = name.encode("utf-8")
    if not name or len(name) > NAME_CHARACTERS or unicodedata.normalize("NFC", name) != name:
        raise ValueError("a name must be 1 to 64 characters in normal form C")
    out.opaque(data)
