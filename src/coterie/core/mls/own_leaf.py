"""What a device puts into its own leaves: identity, signature key, abilities, extensions."""

from dataclasses import dataclass, field

from coterie.core.crypto.suites import Suite
from coterie.core.mls.credential import Credential, basic_credential
from coterie.core.mls.extension import Extensions
from coterie.core.mls.leaf_node import Capabilities, LeafNode
from coterie.core.mls.registry import CREDENTIAL_BASIC, EXTENSION_COTERIE, EXTENSION_LAST_RESORT, MLS10


@dataclass(frozen=True, slots=True)
class LeafConfig:
    """The parts of a leaf that its owner chooses; keys for encryption are made fresh each time."""

    credential: Credential
    signature_key: bytes = field(repr=False)
    capabilities: Capabilities
    extensions: Extensions = ()


def default_capabilities(suite: Suite) -> Capabilities:
    """mls10, this suite, last-resort key packages and the project's extension, basic credentials."""
    extensions = (EXTENSION_LAST_RESORT, EXTENSION_COTERIE)
    return Capabilities((MLS10,), (suite.id,), extensions, (), (CREDENTIAL_BASIC,))


def basic_leaf(suite: Suite, identity: bytes, signature_key: bytes, extensions: Extensions = ()) -> LeafConfig:
    """A leaf with a basic credential and the default capabilities."""
    return LeafConfig(basic_credential(identity), signature_key, default_capabilities(suite), extensions)


def config_of(leaf: LeafNode) -> LeafConfig:
    """What the owner of an existing leaf has chosen, to be kept when its keys are replaced."""
    return LeafConfig(leaf.credential, leaf.signature_key, leaf.capabilities, leaf.extensions)
