"""Every validation rule, on one page: an id, the clause of RFC 9420, the code that a caller sees.

A check raises `refuse("rule-id")`, never a PeerError of its own; `tests/unit/core/mls/test_rules.py` fails when
a row has no test or a test names no row. What a parser refuses (`malformed`, `too-large`) is not a row here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from coterie.core.kernel.errors import PeerError


@dataclass(frozen=True, slots=True)
class Rule:
    """One MUST: `code` is what `PeerError.code` says, usually the id itself."""

    id: str
    clause: str
    text: str
    code: str


def _rule(rule_id: str, clause: str, text: str, code: str = "") -> Rule:
    return Rule(rule_id, clause, text, code or rule_id)


_FRAMING = (
    _rule("wrong-group", "6", "the message is for another group"),
    _rule("past-epoch", "6", "the message is for an epoch that has ended"),
    _rule("future-epoch", "6", "the message is for an epoch that has not begun here"),
    _rule("sender-not-a-member", "6", "the sender's leaf is blank or outside the tree", "not-a-member"),
    _rule("application-in-clear", "6.2", "application data must be encrypted"),
    _rule("membership-tag", "6.2", "the membership tag does not match", "bad-membership-tag"),
    _rule("content-signature", "6.1", "the sender did not sign this content", "bad-signature"),
    _rule("padding-not-zero", "6.3.1", "padding has a byte that is not zero"),
    _rule("message-key-used", "6.3.1", "the key of this generation is gone: the message was opened before"),
    _rule("too-far-ahead", "6.3.1", "the message skips more generations than are kept"),
    _rule("external-sender", "12.1.8", "senders outside the group are not accepted", "external-sender-not-allowed"),
    _rule("external-commit-content", "6", "a new member may send a commit and nothing else"),
    _rule("own-message", "6.3.1", "this is a message of our own that we remember sending"),
    _rule("proposals-waiting", "12.4", "a proposal waits, and a commit must come before application data"),
    _rule("own-ratchet", "6.3.1", "our own ratchet opens a message that we do not know", "restored-state-must-rejoin"),
)

_LEAVES = (
    _rule("leaf-signature", "7.3", "the leaf is not signed by its own key for this place", "bad-signature"),
    _rule("leaf-source", "7.3", "the leaf was made for another use"),
    _rule("leaf-version", "11.1", "the leaf does not support the protocol version of the group"),
    _rule("leaf-credential-x509", "5.3", "x509 credentials are left to a later version", "unsupported-credential"),
    _rule("leaf-required-capabilities", "7.3", "the leaf lacks a capability that the group requires"),
    _rule("leaf-credential-support", "7.3", "a credential type is not supported by every member"),
    _rule("leaf-extension-unlisted", "7.3", "the leaf carries an extension that its capabilities do not list"),
    _rule("leaf-group-extension", "7.2", "the leaf does not support an extension of the group"),
    _rule("leaf-signature-key-taken", "7.3", "two members would have one signature key"),
    _rule("leaf-encryption-key-taken", "7.3", "two nodes would have one encryption key"),
)

_KEY_PACKAGES = (
    _rule("key-package-wrong-version", "10.1", "the key package is for another protocol version"),
    _rule("key-package-wrong-suite", "10.1", "the key package is for another ciphersuite"),
    _rule("key-package-wrong-source", "10.1", "the leaf of the key package was made for another use"),
    _rule("key-package-bad-signature", "10.1", "the key package is not signed by its own key"),
    _rule("key-package-expired", "10.1", "the key package is outside its lifetime"),
    _rule("key-package-keys-equal", "10.1", "init key and encryption key of the key package are the same"),
)

_PROPOSALS = (
    _rule("unknown-proposal", "12.4", "the commit refers to a proposal that is not here"),
    _rule("too-many-proposals", "12.1", "more proposals wait than are kept"),
    _rule("update-by-committer", "12.2", "a committer updates itself with the path, never with a proposal"),
    _rule("update-key-unchanged", "12.1.2", "an update keeps the old encryption key"),
    _rule("update-sender", "12.1.2", "only a member can update its leaf"),
    _rule("remove-committer", "12.2", "a committer cannot remove itself"),
    _rule("remove-blank", "12.1.3", "the member to remove does not exist"),
    _rule("leaf-changed-twice", "12.2", "two proposals change one leaf"),
    _rule("init-key-taken", "12.2", "two key packages have one init key"),
    _rule("psk-twice", "12.2", "one pre-shared key is named twice in a commit or a welcome"),
    _rule("psk-nonce", "8.4", "the nonce of a pre-shared key has the wrong size"),
    _rule("psk-usage", "12.1.4", "a resumption key in a proposal must be for use inside the group"),
    _rule("missing-psk", "8.4", "a pre-shared key is not here"),
    _rule("extensions-twice", "12.2", "the group's extensions are replaced twice"),
    _rule("extensions-unsupported", "12.1.7", "a member does not support the new extensions of the group"),
    _rule("reinit-version", "12.1.5", "a reinitialisation goes back to an older protocol version"),
    _rule("reinit-not-alone", "12.2", "a reinitialisation stands beside other proposals"),
    _rule("external-init-by-member", "12.2", "a member's commit has an external initialisation"),
    _rule("group-ended", "11.2", "the group was reinitialised and takes no further messages"),
)

_COMMITS = (
    _rule("path-missing", "12.4", "these proposals need a path"),
    _rule("path-length", "7.5", "the path does not have one node for each level"),
    _rule("path-secret-count", "7.5", "a path node is not encrypted once for each receiver"),
    _rule("path-secret", "7.5", "our path secret does not open", "path-mismatch"),
    _rule("path-public-key", "7.5", "our path secret does not give the public keys of the path", "path-mismatch"),
    _rule("path-key-unchanged", "12.4.2", "the committer's leaf keeps its old encryption key"),
    _rule("path-key-taken", "12.4.2", "a key of the path stood in the tree before, or stands in the path twice"),
    _rule("path-parent-hash", "7.9.2", "the leaf of the path does not carry the path's parent hash"),
    _rule("confirmation-tag", "12.4.2", "the confirmation tag does not match", "bad-confirmation-tag"),
    _rule("last-epoch", "8.1", "no epoch can follow this one"),
    _rule("external-init-count", "12.2", "an external commit has exactly one external initialisation"),
    _rule("external-proposal-kind", "12.2", "an external commit carries a proposal that it must not"),
    _rule("external-remove-other", "12.2", "an external committer removes somebody other than itself"),
    _rule("external-by-reference", "12.2", "an external commit refers to a proposal"),
    _rule("external-path-missing", "12.2", "an external commit has no path"),
)

_TREES = (
    _rule("tree-trailing-blank", "12.4.3.3", "the tree ends with blank nodes"),
    _rule("tree-shape", "7.8", "a leaf stands where a parent belongs, or the other way round"),
    _rule("tree-full", "7.7", "the tree has as many leaves as are accepted"),
    _rule("tree-hash", "12.4.3.1", "the tree is not the one that the group info names"),
    _rule("tree-parent-hash", "7.9.2", "a parent node has no chain of parent hashes below it"),
    _rule("tree-unmerged-leaf", "12.4.3.1", "the unmerged leaves of a parent are not as they can be"),
)

_JOINING = (
    _rule("welcome-not-for-us", "12.4.3.1", "the welcome has no secrets for this key package"),
    _rule("welcome-wrong-suite", "12.4.3.1", "the welcome is for another ciphersuite"),
    _rule("welcome-psk-usage", "8.4", "reinitialisation and branches are left to a later version"),
    _rule("welcome-tree-missing", "12.4.3.1", "no ratchet tree came with the welcome"),
    _rule("group-info-signer", "12.4.3.1", "the signer of the group info is not a member", "not-a-member"),
    _rule("group-info-signature", "12.4.3.1", "the signer did not sign the group info", "bad-signature"),
    _rule("group-info-tag", "12.4.3.1", "the confirmation tag does not match", "bad-confirmation-tag"),
    _rule("joiner-not-in-tree", "12.4.3.1", "our own leaf is not in the tree"),
    _rule("joiner-path-secret", "12.4.3.1", "the path secret of the welcome does not fit", "path-mismatch"),
)

RULES: Mapping[str, Rule] = MappingProxyType(
    {rule.id: rule for rule in (*_FRAMING, *_LEAVES, *_KEY_PACKAGES, *_PROPOSALS, *_COMMITS, *_TREES, *_JOINING)}
)
"""All rules by id."""


def refuse(rule_id: str) -> PeerError:
    """The error of a broken rule; the text names the rule and its clause, never what was received."""
    rule = RULES[rule_id]
    return PeerError(rule.code, f"{rule.id}: {rule.text} (RFC 9420 {rule.clause})")
