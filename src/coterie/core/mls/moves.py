"""The delta from one epoch to the next: new rows for what changed, and of the old epoch only unused message keys.

A commit is staged first and applied later, and messages of the old epoch may come and go in between. So the
delta never writes a row of the old epoch's ratchets: it only deletes there, and adds the row `past`.
"""

from coterie.core.codec.tls import Writer
from coterie.core.kernel.secret import Secret
from coterie.core.mls.group import GROUP_ROW, NODE_PREFIX, PRIVATE_PREFIX, Group
from coterie.core.mls.leaf_node import LeafNode
from coterie.core.mls.ratchet_tree import RatchetTree
from coterie.core.mls.ratchets import epoch_prefix
from coterie.core.mls.state import Delta, Rows, difference
from coterie.core.mls.tree_math import node_count

SIGNER_PREFIX = "s/"
Changes = list[tuple[str, bytes | None]]


def begin_group(group: Group, encryption_secret: bytes) -> Delta:
    """All rows of a group that is new here."""
    changes: Changes = [(GROUP_ROW, group.encode_row())]
    changes += node_changes(None, group.tree)
    changes += difference({}, _private_rows(group))
    return Delta(tuple(changes)) + group.ratchets.begin(encryption_secret, group.own_leaf)


def move(old: Group, new: Group, encryption_secret: bytes, rows: Rows) -> Delta:
    """The rows that change when `new` follows `old`."""
    changes: Changes = [(GROUP_ROW, new.encode_row())]
    changes += node_changes(old.tree, new.tree)
    changes += difference(_private_rows(old), _private_rows(new))
    changes += signer_changes(old, new.tree)
    changes += close_epoch(old, rows)
    return Delta(tuple(changes)) + new.ratchets.begin(encryption_secret, new.own_leaf)


def leave_behind(old: Group, rows: Rows) -> Delta:
    """The rows that change when a commit has removed us: late messages of the last epoch can still be opened."""
    empty = RatchetTree(old.suite, [None])
    changes: Changes = [(GROUP_ROW, None)]
    changes += node_changes(old.tree, empty)
    changes += difference(_private_rows(old), {})
    changes += signer_changes(old, empty)
    changes += close_epoch(old, rows)
    return Delta(tuple(changes))


def close_epoch(old: Group, rows: Rows) -> Changes:
    """Deletes what a past epoch does not need: our own ratchets, handshake keys, waiting proposals."""
    prefix = epoch_prefix(old.epoch)
    others = sum(1 for leaf in old.tree.members() if leaf != old.own_leaf)
    if others == 0:
        return [(key, None) for key in rows.keys(prefix)]
    changes: Changes = [(f"{prefix}a/{old.own_leaf:08x}", None), (f"{prefix}h/{old.own_leaf:08x}", None)]
    for kind in ("h/", "H/", "p/", "u/", "w/"):
        changes += [(key, None) for key in rows.keys(prefix + kind)]
    row = Writer().u32(old.tree.width).u32(old.own_leaf).opaque(member_bits(old.tree))
    row.opaque(old.secrets.sender_data).opaque(old.context_bytes)
    changes.append((f"{prefix}past", row.bytes()))
    return changes


def node_changes(old: RatchetTree | None, new: RatchetTree) -> Changes:
    """Rows of the tree: one for each node that is not blank."""
    changes: Changes = []
    old_count = node_count(old.width) if old is not None else 0
    for index in range(max(old_count, node_count(new.width))):
        before = old.raw(index) if old is not None and index < old_count else None
        after = new.raw(index) if index < node_count(new.width) else None
        if before is not after and before != after:
            changes.append((f"{NODE_PREFIX}{index:08x}", after))
    return changes


def _private_rows(group: Group) -> dict[str, bytes]:
    return {f"{PRIVATE_PREFIX}{node:08x}": _reveal(key) for node, key in group.private_keys.items()}


def _reveal(key: Secret) -> bytes:
    return key.reveal()


def signer_changes(old: Group, new: RatchetTree) -> Changes:
    """What past epochs need to verify signatures: who stood on a leaf, for each leaf where that has changed.

    The row `s/<leaf>/<epoch>` holds for all epochs up to and including that one, back to the row before it. A
    leaf without a later row is as it is in the tree now. Which leaves were members is in the row `past`.
    """
    changes: Changes = []
    for leaf in old.tree.members():
        node = 2 * leaf
        if leaf < new.width and old.tree.raw(node) == new.raw(node):
            continue
        was, now = old.tree.leaf(leaf), new.leaf(leaf)
        if was is not None and (now is None or signer_row(was) != signer_row(now)):
            changes.append((f"{SIGNER_PREFIX}{leaf:08x}/{old.epoch:016x}", signer_row(was)))
    return changes


def signer_row(leaf: LeafNode) -> bytes:
    """Signature key and credential of a leaf."""
    out = Writer().opaque(leaf.signature_key)
    leaf.credential.write(out)
    return out.bytes()


def member_bits(tree: RatchetTree) -> bytes:
    """One bit for each leaf, set where there is a member; leaf 0 is the lowest bit of the first byte."""
    bits = sum(1 << leaf for leaf in tree.members())
    return bits.to_bytes((tree.width + 7) // 8, "little")
