"""Joining by a Welcome (RFC 9420 section 12.4.3.1)."""

from dataclasses import dataclass, field

from coterie.core.codec.tls import malformed
from coterie.core.crypto import aead
from coterie.core.crypto.hpke import decrypt_with_label
from coterie.core.crypto.kdf import derive_secret, extract, verify_mac
from coterie.core.crypto.signature import verify_with_label
from coterie.core.crypto.suites import Suite, suite
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.secret import Secret
from coterie.core.mls import tree_math
from coterie.core.mls.extension import find_extension
from coterie.core.mls.group import Group
from coterie.core.mls.group_info import GroupInfo, parse_group_info
from coterie.core.mls.key_package import KeyPackage
from coterie.core.mls.key_packages import KeyPackageSecrets, parse_key_package
from coterie.core.mls.key_schedule import schedule_from_joiner, welcome_key
from coterie.core.mls.leaf_rules import verify_abilities, verify_credential_support, verify_leaf
from coterie.core.mls.mls_message import parse_message
from coterie.core.mls.moves import begin_group
from coterie.core.mls.past import leave
from coterie.core.mls.psk import NO_PSKS, Psks, gather_psk_secret, verify_psk_ids
from coterie.core.mls.ratchet_tree import RatchetTree, parse_tree
from coterie.core.mls.registry import EXTENSION_RATCHET_TREE, PSK_RESUMPTION, USAGE_APPLICATION
from coterie.core.mls.rules import refuse
from coterie.core.mls.state import NO_ROWS, Delta, Rows
from coterie.core.mls.transcript import interim_hash
from coterie.core.mls.tree_hash import tree_hash
from coterie.core.mls.tree_validation import verify_tree
from coterie.core.mls.treekem import follow_path
from coterie.core.mls.welcome import GroupSecrets, Welcome, parse_group_secrets


@dataclass(frozen=True, slots=True)
class Joined:
    """The group as we joined it; `signer` is the leaf of the member that welcomed us."""

    group: Group
    delta: Delta
    signer: int


@dataclass(frozen=True, slots=True)
class OpenedWelcome:
    """What a Welcome says to us, decrypted; the GroupInfo is not yet verified."""

    secrets: GroupSecrets
    info: GroupInfo
    psk_secret: bytes = field(repr=False)


def welcome_refs(welcome: bytes) -> tuple[bytes, ...]:
    """References of the KeyPackages that a Welcome is for."""
    return tuple(entry.new_member for entry in _parse_welcome(welcome).secrets)


def join(
    welcome: bytes,
    key_package: bytes,
    secrets: KeyPackageSecrets,
    *,
    psks: Psks = NO_PSKS,
    ratchet_tree: bytes | None = None,
    rows: Rows = NO_ROWS,
) -> Joined:
    """Joins with the KeyPackage (an MLSMessage) that the Welcome is for. Delete `secrets.init` afterwards.

    `ratchet_tree` is the tree when it does not travel in the Welcome. Raises a PeerError otherwise. Who may have been
    in the group before, and was removed without hearing of it, gives the `rows` that it has: the delta deletes them.
    """
    parsed, package = _parse_welcome(welcome), parse_key_package(key_package)
    chosen = suite(package.suite_id)
    opened = open_welcome(chosen, parsed, package, secrets.init, psks)
    info = opened.info
    if info.context.suite_id != chosen.id:
        raise refuse("welcome-wrong-suite")
    shown = find_extension(info.extensions, EXTENSION_RATCHET_TREE)
    data = shown if shown is not None else ratchet_tree
    if data is None:
        raise refuse("welcome-tree-missing")
    tree = parse_tree(chosen, data)
    _verify_group_info(chosen, tree, info)
    _verify_shown_tree(chosen, tree, info)
    own = _find_own_leaf(tree, package)
    keys = {2 * own: secrets.leaf}
    if opened.secrets.path_secret is not None:
        keys.update(_keys_above(tree, own, info.signer, opened.secrets.path_secret))
    context = info.context.encode()
    schedule = schedule_from_joiner(chosen, opened.secrets.joiner_secret, opened.psk_secret, context)
    transcript = info.context.confirmed_transcript_hash
    try:
        verify_mac(chosen, schedule.secrets.confirmation, transcript, info.confirmation_tag)
    except PeerError:
        raise refuse("group-info-tag") from None
    interim = interim_hash(chosen, transcript, info.confirmation_tag)
    group = Group(chosen, info.context, context, own, tree, schedule.secrets, interim, info.confirmation_tag, keys)
    return Joined(group, leave(rows) + begin_group(group, schedule.encryption), info.signer)


def _parse_welcome(data: bytes) -> Welcome:
    body = parse_message(data)
    if not isinstance(body, Welcome):
        raise malformed("welcome: another kind of message")
    return body


def open_welcome(chosen: Suite, welcome: Welcome, package: KeyPackage, init: Secret, psks: Psks) -> OpenedWelcome:
    """Decrypts our secrets and the GroupInfo."""
    if welcome.suite_id != chosen.id:
        raise refuse("welcome-wrong-suite")
    ref = package.ref(chosen)
    entry = next((e for e in welcome.secrets if e.new_member == ref), None)
    if entry is None:
        raise refuse("welcome-not-for-us")
    sealed, info = entry.secrets, welcome.encrypted_group_info
    plain = decrypt_with_label(chosen, init, "Welcome", info, sealed.kem_output, sealed.ciphertext)
    secrets = parse_group_secrets(plain)
    if any(psk.type == PSK_RESUMPTION and psk.usage != USAGE_APPLICATION for psk in secrets.psks):
        raise refuse("welcome-psk-usage")
    verify_psk_ids(chosen, secrets.psks)
    psk_secret = gather_psk_secret(chosen, secrets.psks, psks)
    member = extract(chosen, secrets.joiner_secret, psk_secret)
    key, nonce = welcome_key(chosen, derive_secret(chosen, member, "welcome"))
    return OpenedWelcome(secrets, parse_group_info(aead.open_sealed(chosen, key, nonce, b"", info)), psk_secret)


def _verify_group_info(chosen: Suite, tree: RatchetTree, info: GroupInfo) -> None:
    """The signature of exactly the member that the GroupInfo names as its signer."""
    signer = tree.leaf(info.signer)
    if signer is None:
        raise refuse("group-info-signer")
    try:
        content = info.to_be_signed()
        verify_with_label(chosen, signer.signature_key, "GroupInfoTBS", content, info.signature)
    except PeerError:
        raise refuse("group-info-signature") from None


def _verify_shown_tree(chosen: Suite, tree: RatchetTree, info: GroupInfo) -> None:
    if tree_hash(tree) != info.context.tree_hash:
        raise refuse("tree-hash")
    verify_tree(tree)
    for index in tree.members():
        leaf = tree.leaf(index)
        if leaf is not None:
            verify_leaf(chosen, leaf, info.context.group_id, index)
            verify_abilities(leaf, info.context.extensions)
    verify_credential_support(tree)


def _find_own_leaf(tree: RatchetTree, package: KeyPackage) -> int:
    own = package.leaf.encode()
    found = next((i for i in tree.members() if tree.raw(2 * i) == own), None)
    if found is None:
        raise refuse("joiner-not-in-tree")
    return found


def _keys_above(tree: RatchetTree, own: int, signer: int, path_secret: bytes) -> dict[int, Secret]:
    """Private keys of the nodes that we share with the committer."""
    if own == signer:
        raise refuse("joiner-path-secret")
    meeting = tree_math.common_ancestor(own, signer, tree.width)
    filtered = tree.filtered_path(signer)
    start = next((i for i, (above, _) in enumerate(filtered) if above == meeting), None)
    if start is None:
        raise refuse("joiner-path-secret")
    try:
        return follow_path(tree, filtered[start:], path_secret)[1]
    except PeerError:
        raise refuse("joiner-path-secret") from None
