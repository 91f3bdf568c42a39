"""KeyPackage (RFC 9420 section 10): what a client publishes so that others can add it."""

from dataclasses import dataclass, field

from coterie.core.codec.tls import Reader, Writer, parse
from coterie.core.crypto.suites import Suite
from coterie.core.mls.extension import Extensions, find_extension, read_extensions, write_extensions
from coterie.core.mls.leaf_node import LeafNode, read_leaf_node
from coterie.core.mls.limits import MAX_FIELD
from coterie.core.mls.refs import key_package_ref
from coterie.core.mls.registry import EXTENSION_LAST_RESORT


@dataclass(frozen=True, slots=True)
class KeyPackage:
    """struct { version; cipher_suite; HPKEPublicKey init_key; LeafNode leaf_node; extensions<V>; signature<V>; }"""

    version: int
    suite_id: int
    init_key: bytes = field(repr=False)
    leaf: LeafNode
    extensions: Extensions = ()
    signature: bytes = field(default=b"", repr=False)

    def to_be_signed(self) -> bytes:
        """KeyPackageTBS."""
        out = Writer().u16(self.version).u16(self.suite_id).opaque(self.init_key)
        self.leaf.write(out)
        write_extensions(out, self.extensions)
        return out.bytes()

    def write(self, out: Writer) -> None:
        """struct KeyPackage."""
        out.fixed(self.to_be_signed()).opaque(self.signature)

    def encode(self) -> bytes:
        """struct KeyPackage, without an MLSMessage around it."""
        out = Writer()
        self.write(out)
        return out.bytes()

    @property
    def last_resort(self) -> bool:
        """Whether it may be used more than once."""
        return find_extension(self.extensions, EXTENSION_LAST_RESORT) is not None

    def ref(self, suite: Suite) -> bytes:
        """Its KeyPackageRef."""
        return key_package_ref(suite, self.encode())


def read_key_package(reader: Reader) -> KeyPackage:
    """One KeyPackage; version and suite are judged by `key_packages.verify_key_package`."""
    version, suite_id, init_key = reader.u16(), reader.u16(), reader.opaque(MAX_FIELD)
    leaf, extensions = read_leaf_node(reader), read_extensions(reader)
    return KeyPackage(version, suite_id, init_key, leaf, extensions, reader.opaque(MAX_FIELD))


def decode_key_package(data: bytes) -> KeyPackage:
    """One whole KeyPackage struct."""
    return parse(read_key_package, data)
