"""Making and judging KeyPackages (RFC 9420 section 10)."""

from dataclasses import dataclass, field, replace

from coterie.core.codec.tls import Reader, Writer, malformed, parse
from coterie.core.crypto.kem import check_public_key, generate_key_pair
from coterie.core.crypto.signature import verify_with_label
from coterie.core.crypto.signing import Signing, sign_with_label
from coterie.core.crypto.suites import Suite
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.secret import Secret
from coterie.core.kernel.world import SECOND, Entropy, Instant
from coterie.core.mls.extension import Extension
from coterie.core.mls.key_package import KeyPackage
from coterie.core.mls.leaf_node import LeafNode, Lifetime, sign_leaf
from coterie.core.mls.leaf_rules import verify_leaf
from coterie.core.mls.mls_message import encode_message, parse_message
from coterie.core.mls.own_leaf import LeafConfig
from coterie.core.mls.registry import EXTENSION_LAST_RESORT, MLS10, SOURCE_KEY_PACKAGE
from coterie.core.mls.rules import refuse


@dataclass(frozen=True, slots=True)
class KeyPackageSecrets:
    """Private halves of a KeyPackage. `init` is deleted after the first Welcome, unless it is a last resort."""

    init: Secret
    leaf: Secret

    def encode(self) -> bytes:
        """For the vault."""
        return Writer().opaque(self.init.reveal()).opaque(self.leaf.reveal()).bytes()

    @staticmethod
    def decode(data: bytes) -> "KeyPackageSecrets":
        """The inverse of `encode`."""

        def read(reader: Reader) -> KeyPackageSecrets:
            return KeyPackageSecrets(Secret(reader.opaque()), Secret(reader.opaque()))

        return parse(read, data)


@dataclass(frozen=True, slots=True)
class NewKeyPackage:
    """A KeyPackage to hand out (an MLSMessage), its reference in a Welcome, and its private keys."""

    message: bytes = field(repr=False)
    ref: bytes
    secrets: KeyPackageSecrets


def new_key_package(
    suite: Suite,
    leaf: LeafConfig,
    *,
    not_before: int,
    not_after: int,
    entropy: Entropy,
    last_resort: bool = False,
) -> Signing[NewKeyPackage]:
    """A fresh KeyPackage, valid from `not_before` to `not_after` (seconds since 1970, inclusive).

    A last resort is marked by an extension, which the leaf's capabilities must list (section 10), as the default ones do.
    """
    if last_resort and EXTENSION_LAST_RESORT not in leaf.capabilities.extensions:
        raise ValueError("a leaf that does not list the extension cannot be of last resort")
    init, encryption = generate_key_pair(suite, entropy), generate_key_pair(suite, entropy)
    node = LeafNode(
        encryption.public,
        leaf.signature_key,
        leaf.credential,
        leaf.capabilities,
        SOURCE_KEY_PACKAGE,
        lifetime=Lifetime(not_before, not_after),
        extensions=leaf.extensions,
    )
    node = yield from sign_leaf(node, b"", 0)
    extensions = (Extension(EXTENSION_LAST_RESORT, b""),) if last_resort else ()
    package = KeyPackage(MLS10, suite.id, init.public, node, extensions)
    signature = yield from sign_with_label("KeyPackageTBS", package.to_be_signed())
    package = replace(package, signature=signature)
    secrets = KeyPackageSecrets(init.private, encryption.private)
    return NewKeyPackage(encode_message(package), package.ref(suite), secrets)


def parse_key_package(message: bytes) -> KeyPackage:
    """The KeyPackage in an MLSMessage, not yet verified."""
    body = parse_message(message)
    if not isinstance(body, KeyPackage):
        raise malformed("key package: another kind of message")
    return body


def verify_key_package(key_package: KeyPackage, suite: Suite, now: Instant | None) -> None:
    """Section 10.1. Who adds somebody gives `now`; who follows a commit gives None, for clocks differ.

    Whether the leaf lists the package's own extensions, as section 10 asks its maker, is no step of 10.1: the working
    group's own vectors have packages that do not.
    """
    if key_package.version != MLS10:
        raise refuse("key-package-wrong-version")
    if key_package.suite_id != suite.id:
        raise refuse("key-package-wrong-suite")
    leaf = key_package.leaf
    if leaf.source != SOURCE_KEY_PACKAGE or leaf.lifetime is None:
        raise refuse("key-package-wrong-source")
    if key_package.init_key == leaf.encryption_key:
        raise refuse("key-package-keys-equal")
    check_public_key(suite, key_package.init_key)
    verify_leaf(suite, leaf, b"", 0)
    try:
        content = key_package.to_be_signed()
        verify_with_label(suite, leaf.signature_key, "KeyPackageTBS", content, key_package.signature)
    except PeerError:
        raise refuse("key-package-bad-signature") from None
    if now is not None:
        verify_lifetime(key_package, now)


def verify_lifetime(key_package: KeyPackage, now: Instant) -> None:
    """The package may be used now: both ends of its lifetime belong to it."""
    lifetime = key_package.leaf.lifetime
    if lifetime is None:
        raise refuse("key-package-wrong-source")
    if not lifetime.not_before <= now // SECOND <= lifetime.not_after:
        raise refuse("key-package-expired")
