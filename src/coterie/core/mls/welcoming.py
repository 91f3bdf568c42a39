"""Making the Welcome of a commit (RFC 9420 section 12.4.3)."""

from coterie.core.crypto import aead
from coterie.core.crypto.hpke import encrypt_with_label
from coterie.core.crypto.signing import Signing
from coterie.core.kernel.world import Entropy
from coterie.core.mls.apply_proposals import Changed
from coterie.core.mls.extension import Extension
from coterie.core.mls.group import Group
from coterie.core.mls.group_info import GroupInfo, sign_group_info
from coterie.core.mls.key_schedule import welcome_key
from coterie.core.mls.mls_message import encode_message
from coterie.core.mls.next_epoch import NextEpoch
from coterie.core.mls.registry import EXTENSION_RATCHET_TREE
from coterie.core.mls.treekem import NewPath
from coterie.core.mls.update_path import HpkeCiphertext
from coterie.core.mls.welcome import EncryptedGroupSecrets, GroupSecrets, Welcome


def make_welcome(
    group: Group,
    changed: Changed,
    epoch: NextEpoch,
    path: NewPath | None,
    with_tree: bool,
    entropy: Entropy,
) -> Signing[bytes]:
    """One MLSMessage for all new members: the signed GroupInfo once, the joiner secret for each."""
    suite = group.suite
    extensions = (Extension(EXTENSION_RATCHET_TREE, changed.tree.encode()),) if with_tree else ()
    info = yield from sign_group_info(GroupInfo(epoch.context, extensions, epoch.tag, group.own_leaf))
    key, nonce = welcome_key(suite, epoch.schedule.welcome)
    sealed_info = aead.seal(suite, key, nonce, b"", info.encode())
    entries = []
    for leaf, package in changed.added:
        secret = path.secret_for(leaf) if path is not None else None
        secrets = GroupSecrets(epoch.schedule.joiner, secret, changed.psks).encode()
        sealed = encrypt_with_label(suite, package.init_key, "Welcome", sealed_info, secrets, entropy)
        entries.append(EncryptedGroupSecrets(package.ref(suite), HpkeCiphertext(*sealed)))
    return encode_message(Welcome(suite.id, tuple(entries), sealed_info))
