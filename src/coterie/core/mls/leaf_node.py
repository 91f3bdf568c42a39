"""LeafNode (RFC 9420 section 7.2): one member's public keys, identity and abilities, signed by itself."""

from dataclasses import dataclass, field, replace

from coterie.core.codec.tls import Reader, Writer, malformed, parse
from coterie.core.crypto.signature import verify_with_label
from coterie.core.crypto.signing import Signing, sign_with_label
from coterie.core.crypto.suites import Suite
from coterie.core.mls.credential import Credential, read_credential
from coterie.core.mls.extension import (
    Extensions,
    read_extensions,
    read_numbers,
    write_extensions,
    write_numbers,
)
from coterie.core.mls.limits import MAX_FIELD
from coterie.core.mls.registry import SOURCE_COMMIT, SOURCE_KEY_PACKAGE, SOURCE_UPDATE


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a client supports beyond the defaults of section 7.2."""

    versions: tuple[int, ...]
    suites: tuple[int, ...]
    extensions: tuple[int, ...]
    proposals: tuple[int, ...]
    credentials: tuple[int, ...]

    def write(self, out: Writer) -> None:
        for numbers in (self.versions, self.suites, self.extensions, self.proposals, self.credentials):
            write_numbers(out, numbers)


def read_capabilities(reader: Reader) -> Capabilities:
    """Five lists of numbers; unknown ones are legal."""
    lists = [read_numbers(reader) for _ in range(5)]
    return Capabilities(*lists)


@dataclass(frozen=True, slots=True)
class Lifetime:
    """struct { uint64 not_before; uint64 not_after; }, seconds since 1970, both inclusive."""

    not_before: int
    not_after: int


@dataclass(frozen=True, slots=True)
class LeafNode:
    """A leaf. `lifetime` is there exactly for source key_package, `parent_hash` exactly for source commit."""

    encryption_key: bytes = field(repr=False)
    signature_key: bytes = field(repr=False)
    credential: Credential
    capabilities: Capabilities
    source: int
    lifetime: Lifetime | None = None
    parent_hash: bytes = field(default=b"", repr=False)
    extensions: Extensions = ()
    signature: bytes = field(default=b"", repr=False)

    def write_unsigned(self, out: Writer) -> None:
        """All but the signature."""
        out.opaque(self.encryption_key).opaque(self.signature_key)
        self.credential.write(out)
        self.capabilities.write(out)
        out.u8(self.source)
        if self.source == SOURCE_KEY_PACKAGE and self.lifetime is not None:
            out.u64(self.lifetime.not_before).u64(self.lifetime.not_after)
        elif self.source == SOURCE_COMMIT:
            out.opaque(self.parent_hash)
        write_extensions(out, self.extensions)

    def write(self, out: Writer) -> None:
        """struct LeafNode."""
        self.write_unsigned(out)
        out.opaque(self.signature)

    def encode(self) -> bytes:
        """struct LeafNode."""
        out = Writer()
        self.write(out)
        return out.bytes()

    def to_be_signed(self, group_id: bytes, leaf: int) -> bytes:
        """LeafNodeTBS: leaves of a group are bound to their group and place."""
        out = Writer()
        self.write_unsigned(out)
        if self.source != SOURCE_KEY_PACKAGE:
            out.opaque(group_id).u32(leaf)
        return out.bytes()


def read_leaf_node(reader: Reader) -> LeafNode:
    """One LeafNode; an unknown source is malformed."""
    encryption_key, signature_key = reader.opaque(MAX_FIELD), reader.opaque(MAX_FIELD)
    credential, capabilities = read_credential(reader), read_capabilities(reader)
    source = reader.u8()
    lifetime, parent_hash = None, b""
    if source == SOURCE_KEY_PACKAGE:
        lifetime = Lifetime(reader.u64(), reader.u64())
    elif source == SOURCE_COMMIT:
        parent_hash = reader.opaque(MAX_FIELD)
    elif source != SOURCE_UPDATE:
        raise malformed("leaf node: unknown source")
    extensions, signature = read_extensions(reader), reader.opaque(MAX_FIELD)
    return LeafNode(
        encryption_key,
        signature_key,
        credential,
        capabilities,
        source,
        lifetime,
        parent_hash,
        extensions,
        signature,
    )


def parse_leaf_node(data: bytes) -> LeafNode:
    """One whole LeafNode."""
    return parse(read_leaf_node, data)


def sign_leaf(leaf: LeafNode, group_id: bytes, index: int) -> Signing[LeafNode]:
    """The leaf with its signature (label `LeafNodeTBS`)."""
    signature = yield from sign_with_label("LeafNodeTBS", leaf.to_be_signed(group_id, index))
    return replace(leaf, signature=signature)


def verify_leaf_signature(suite: Suite, leaf: LeafNode, group_id: bytes, index: int) -> None:
    """Refuses a leaf that its own signature key did not sign for this place: `bad-signature`."""
    verify_with_label(suite, leaf.signature_key, "LeafNodeTBS", leaf.to_be_signed(group_id, index), leaf.signature)
