"""UpdatePath (RFC 9420 section 7.6): a committer's fresh leaf and nodes, with their secrets encrypted."""

from dataclasses import dataclass, field

from coterie.core.codec.tls import Reader, Writer
from coterie.core.kernel.errors import PeerError
from coterie.core.mls.leaf_node import LeafNode, read_leaf_node
from coterie.core.mls.limits import MAX_FIELD, MAX_LEAVES


@dataclass(frozen=True, slots=True)
class HpkeCiphertext:
    """struct { opaque kem_output<V>; opaque ciphertext<V>; } HPKECiphertext"""

    kem_output: bytes = field(repr=False)
    ciphertext: bytes = field(repr=False)

    def write(self, out: Writer) -> None:
        out.opaque(self.kem_output).opaque(self.ciphertext)


def read_hpke_ciphertext(reader: Reader) -> HpkeCiphertext:
    """One HPKECiphertext."""
    return HpkeCiphertext(reader.opaque(MAX_FIELD), reader.opaque(MAX_FIELD))


@dataclass(frozen=True, slots=True)
class UpdatePathNode:
    """A new public key and its path secret, once for each node in the resolution of the copath child."""

    encryption_key: bytes = field(repr=False)
    secrets: tuple[HpkeCiphertext, ...]

    def write(self, out: Writer) -> None:
        inner = Writer()
        for secret in self.secrets:
            secret.write(inner)
        out.opaque(self.encryption_key).opaque(inner.bytes())


def _read_node(reader: Reader) -> UpdatePathNode:
    key = reader.opaque(MAX_FIELD)
    return UpdatePathNode(key, tuple(reader.vector(read_hpke_ciphertext, MAX_LEAVES)))


@dataclass(frozen=True, slots=True)
class UpdatePath:
    """struct { LeafNode leaf_node; UpdatePathNode nodes<V>; } UpdatePath"""

    leaf: LeafNode
    nodes: tuple[UpdatePathNode, ...]

    def write(self, out: Writer) -> None:
        inner = Writer()
        for node in self.nodes:
            node.write(inner)
        self.leaf.write(out)
        out.opaque(inner.bytes())

    def encode(self) -> bytes:
        """struct UpdatePath."""
        out = Writer()
        self.write(out)
        return out.bytes()


def read_update_path(reader: Reader) -> UpdatePath:
    """One UpdatePath; 32 levels are more than any tree has, and no leaf is below two nodes beside the path."""
    leaf, nodes = read_leaf_node(reader), tuple(reader.vector(_read_node, 32))
    if sum(len(node.secrets) for node in nodes) > MAX_LEAVES:
        raise PeerError("too-large", "a path is encrypted to more nodes than a tree can have")
    return UpdatePath(leaf, nodes)
