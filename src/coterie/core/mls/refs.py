"""Hash references (RFC 9420 section 5.2): short names of KeyPackages and proposals."""

from coterie.core.codec.tls import opaque
from coterie.core.crypto.kdf import digest
from coterie.core.crypto.suites import Suite


def ref_hash(suite: Suite, label: str, value: bytes) -> bytes:
    """RefHash(label, value); the label is used as it stands."""
    return digest(suite, opaque(label.encode("ascii")) + opaque(value))


def key_package_ref(suite: Suite, key_package: bytes) -> bytes:
    """KeyPackageRef of an encoded KeyPackage (not of the MLSMessage around it)."""
    return ref_hash(suite, "MLS 1.0 KeyPackage Reference", key_package)


def proposal_ref(suite: Suite, authenticated_content: bytes) -> bytes:
    """ProposalRef of an encoded AuthenticatedContent that holds the proposal."""
    return ref_hash(suite, "MLS 1.0 Proposal Reference", authenticated_content)
