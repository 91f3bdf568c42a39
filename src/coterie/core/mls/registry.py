"""The numbers of RFC 9420 section 17, as plain integers: unknown values are legal in many places."""

from typing import Final

MLS10: Final = 1
"""ProtocolVersion mls10 (section 6)."""

# WireFormat, section 17.2
WIRE_PUBLIC_MESSAGE: Final = 1
WIRE_PRIVATE_MESSAGE: Final = 2
WIRE_WELCOME: Final = 3
WIRE_GROUP_INFO: Final = 4
WIRE_KEY_PACKAGE: Final = 5

# ContentType, section 6
CONTENT_APPLICATION: Final = 1
CONTENT_PROPOSAL: Final = 2
CONTENT_COMMIT: Final = 3

# SenderType, section 6
SENDER_MEMBER: Final = 1
SENDER_EXTERNAL: Final = 2
SENDER_NEW_MEMBER_PROPOSAL: Final = 3
SENDER_NEW_MEMBER_COMMIT: Final = 4

# LeafNodeSource, section 7.2
SOURCE_KEY_PACKAGE: Final = 1
SOURCE_UPDATE: Final = 2
SOURCE_COMMIT: Final = 3

# CredentialType, section 17.5
CREDENTIAL_BASIC: Final = 1
CREDENTIAL_X509: Final = 2

# ProposalType, section 17.4
PROPOSAL_ADD: Final = 1
PROPOSAL_UPDATE: Final = 2
PROPOSAL_REMOVE: Final = 3
PROPOSAL_PSK: Final = 4
PROPOSAL_REINIT: Final = 5
PROPOSAL_EXTERNAL_INIT: Final = 6
PROPOSAL_GROUP_CONTEXT_EXTENSIONS: Final = 7

# ExtensionType, section 17.3
EXTENSION_APPLICATION_ID: Final = 1
EXTENSION_RATCHET_TREE: Final = 2
EXTENSION_REQUIRED_CAPABILITIES: Final = 3
EXTENSION_EXTERNAL_PUB: Final = 4
EXTENSION_EXTERNAL_SENDERS: Final = 5
EXTENSION_LAST_RESORT: Final = 0x000A
"""`last_resort_key_package` of draft-ietf-mls-extensions: the KeyPackage may be used more than once."""

EXTENSION_COTERIE: Final = 0xF0C0
"""Our one private extension: an item list that MLS carries without reading it."""

# PSKType and ResumptionPSKUsage, section 8.4
PSK_EXTERNAL: Final = 1
PSK_RESUMPTION: Final = 2
USAGE_APPLICATION: Final = 1
USAGE_REINIT: Final = 2
USAGE_BRANCH: Final = 3

DEFAULT_EXTENSIONS: Final = frozenset(range(1, 6))
"""Extension types that every client has, so that capabilities need not list them (section 7.2)."""

DEFAULT_PROPOSALS: Final = frozenset(range(1, 8))
"""Proposal types that every client has (section 7.2)."""
