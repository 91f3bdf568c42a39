"""Somebody outside a group who enters by an external commit, as RFC 9420 12.4.3.2 describes (for tests only)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from coterie.core.crypto.hpke import send_export
from coterie.core.crypto.signature import sign_content
from coterie.core.mls.commit import Commit
from coterie.core.mls.framing import AuthData, FramedContent, Sender
from coterie.core.mls.group import Group
from coterie.core.mls.group_context import GroupContext
from coterie.core.mls.key_schedule import confirmation_tag as make_tag
from coterie.core.mls.key_schedule import external_key_pair, joiner_secret, schedule_from_joiner, zero_secret
from coterie.core.mls.leaf_node import LeafNode
from coterie.core.mls.mls_message import encode_message
from coterie.core.mls.proposal import ExternalInit, ProposalOrRef, Remove
from coterie.core.mls.public_message import PublicMessage
from coterie.core.mls.ratchet_tree import RatchetTree
from coterie.core.mls.receive_commit import EXTERNAL_INIT_LABEL
from coterie.core.mls.registry import (
    CONTENT_COMMIT,
    SENDER_NEW_MEMBER_COMMIT,
    SOURCE_KEY_PACKAGE,
    WIRE_PUBLIC_MESSAGE,
)
from coterie.core.mls.transcript import confirmed_hash
from coterie.core.mls.tree_hash import tree_hash
from coterie.core.mls.treekem import NewPath, create_path, encrypt_path
from coterie.testing.mls_party import Party


@dataclass(frozen=True, slots=True)
class Entry:
    """What an external commit consists of: honest by default."""

    removes: tuple[int, ...] = ()
    more: tuple[ProposalOrRef, ...] = ()
    inits: int = 1
    path: bool = True
    leaf: int | None = None
    """Claims another leaf index when signing its leaf node."""


def external_commit(party: Party, group: Group, entry: Entry | None = None) -> tuple[bytes, bytes]:
    """(MLSMessage, epoch authenticator of the new epoch); `group` shows the public state and the external key."""
    suite, entry = party.suite, entry or Entry()
    public_key = external_key_pair(suite, group.secrets.external).public
    kem_output, init = send_export(suite, public_key, b"", EXTERNAL_INIT_LABEL, suite.hash_size, party.entropy)
    tree, path = _enter(party, group, entry)
    context = GroupContext(
        suite.id,
        group.group_id,
        group.epoch + 1,
        tree_hash(tree),
        group.context.confirmed_transcript_hash,
        group.context.extensions,
    )
    sealed = encrypt_path(tree, path, frozenset(), context.encode(), party.entropy)
    proposals: Sequence[ProposalOrRef] = (
        *(ExternalInit(kem_output) for _ in range(entry.inits)),
        *(Remove(leaf) for leaf in entry.removes),
        *entry.more,
    )
    body = Commit(tuple(proposals), sealed if entry.path else None).encode()
    sender = Sender(SENDER_NEW_MEMBER_COMMIT)
    content = FramedContent(group.group_id, group.epoch, sender, b"", CONTENT_COMMIT, body)
    to_be_signed = content.to_be_signed(WIRE_PUBLIC_MESSAGE, group.context_bytes)
    signature = party.signer.sign(sign_content("FramedContentTBS", to_be_signed))
    confirmed = confirmed_hash(suite, group.interim_transcript_hash, WIRE_PUBLIC_MESSAGE, content, signature)
    encoded = replace(context, confirmed_transcript_hash=confirmed).encode()
    joiner = joiner_secret(suite, init, path.commit_secret, encoded)
    made = schedule_from_joiner(suite, joiner, zero_secret(suite), encoded)
    tag = make_tag(suite, made.secrets.confirmation, confirmed)
    message = PublicMessage(content, AuthData(signature, tag), None)
    return encode_message(message), made.secrets.authenticator


def _enter(party: Party, group: Group, entry: Entry) -> tuple[RatchetTree, NewPath]:
    """The tree with the newcomer's path, and the path."""
    tree, config = group.tree.copy(), party.leaf
    for leaf in entry.removes:
        tree.remove(leaf)
    blank = LeafNode(
        party.entropy.random(32), config.signature_key, config.credential, config.capabilities, SOURCE_KEY_PACKAGE
    )
    index = tree.add(blank)
    path = party.sign(create_path(tree, index, config, group.group_id, party.entropy))
    if entry.leaf is None:
        return tree, path
    to_be_signed = path.leaf.to_be_signed(group.group_id, entry.leaf)
    wrong = replace(path.leaf, signature=party.signer.sign(sign_content("LeafNodeTBS", to_be_signed)))
    tree.put(2 * index, wrong)
    return tree, replace(path, leaf=wrong)
