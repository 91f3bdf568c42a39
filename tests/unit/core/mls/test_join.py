"""Joining by a Welcome, and every Welcome that must not be joined by."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from coterie.core.crypto import aead
from coterie.core.crypto.hpke import encrypt_with_label
from coterie.core.crypto.kdf import derive_secret, extract
from coterie.core.crypto.kem import generate_key_pair
from coterie.core.crypto.signature import sign_content
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.secret import Secret
from coterie.core.mls.commits import CommitPlan
from coterie.core.mls.credential import basic_credential
from coterie.core.mls.extension import Extension, Extensions
from coterie.core.mls.group_info import GroupInfo, parse_group_info
from coterie.core.mls.join import join, open_welcome, welcome_refs
from coterie.core.mls.key_packages import NewKeyPackage, parse_key_package
from coterie.core.mls.key_schedule import confirmation_tag, schedule_from_joiner, welcome_key, zero_secret
from coterie.core.mls.leaf_node import LeafNode
from coterie.core.mls.mls_message import encode_message, parse_message
from coterie.core.mls.past import open_past
from coterie.core.mls.psk import NO_PSKS
from coterie.core.mls.psk_id import PreSharedKeyId, external_psk, resumption_psk
from coterie.core.mls.ratchet_tree import RatchetTree
from coterie.core.mls.registry import EXTENSION_RATCHET_TREE, PSK_RESUMPTION, USAGE_BRANCH, USAGE_REINIT
from coterie.core.mls.tree_hash import tree_hash
from coterie.core.mls.update_path import HpkeCiphertext
from coterie.core.mls.welcome import EncryptedGroupSecrets, GroupSecrets, Welcome
from coterie.testing.mls_party import Party, parties
from coterie.testing.mls_refusals import refused

Pair = tuple[Party, Party]


class Invited:
    """Alice and Bob add Dora; a dishonest Alice may make the Welcome anew."""

    def __init__(self, alice: Party, force_path: bool = True) -> None:
        self.alice, self.dora = alice, Party("dora")
        self.package: NewKeyPackage = self.dora.key_package()
        staged = alice.stage(CommitPlan(adds=(self.package.message,), force_path=force_path))
        assert staged.welcome is not None
        self.staged, self.welcome = staged, staged.welcome
        parsed = parse_message(self.welcome)
        assert isinstance(parsed, Welcome)
        self.parsed = parsed
        opened = open_welcome(
            alice.suite, parsed, parse_key_package(self.package.message), self.package.secrets.init, NO_PSKS
        )
        self.secrets, self.info = opened.secrets, opened.info

    def again(
        self,
        info: Callable[[GroupInfo], GroupInfo] | None = None,
        secrets: Callable[[GroupSecrets], GroupSecrets] | None = None,
        signer: Party | None = None,
    ) -> bytes:
        """The Welcome with other contents; the GroupInfo is signed again, if somebody signs it."""
        suite, made = self.alice.suite, info(self.info) if info else self.info
        if signer is not None:
            signature = signer.signer.sign(sign_content("GroupInfoTBS", made.to_be_signed()))
            made = replace(made, signature=signature)
        member = extract(suite, self.secrets.joiner_secret, zero_secret(suite))
        key, nonce = welcome_key(suite, derive_secret(suite, member, "welcome"))
        sealed_info = aead.seal(suite, key, nonce, b"", made.encode())
        plain = (secrets(self.secrets) if secrets else self.secrets).encode()
        init_key = parse_key_package(self.package.message).init_key
        sealed = encrypt_with_label(suite, init_key, "Welcome", sealed_info, plain, self.alice.entropy)
        entry = EncryptedGroupSecrets(self.parsed.secrets[0].new_member, HpkeCiphertext(*sealed))
        return encode_message(Welcome(suite.id, (entry,), sealed_info))

    def tagged(self, info: GroupInfo) -> GroupInfo:
        """With the confirmation tag that the joiner finds right: whoever welcomes it has the keys for that."""
        suite, context = self.alice.suite, info.context
        made = schedule_from_joiner(suite, self.secrets.joiner_secret, zero_secret(suite), context.encode())
        tag = confirmation_tag(suite, made.secrets.confirmation, context.confirmed_transcript_hash)
        return replace(info, confirmation_tag=tag)

    def showing(self, tree: RatchetTree, extensions: Extensions = ()) -> bytes:
        """The Welcome to a group with this tree and these extensions: hash, tag and signature are right."""

        def shown(info: GroupInfo) -> GroupInfo:
            context = replace(info.context, tree_hash=tree_hash(tree), extensions=extensions)
            shown_tree = (Extension(EXTENSION_RATCHET_TREE, tree.encode()),)
            return self.tagged(replace(info, context=context, extensions=shown_tree))

        return self.again(info=shown, secrets=lambda s: replace(s, path_secret=None), signer=self.alice)

    @property
    def tree(self) -> RatchetTree:
        """A copy of the tree with Dora in it."""
        assert self.staged.group is not None
        return self.staged.group.tree.copy()

    def join(self, welcome: bytes) -> None:
        self.dora.join(welcome, self.package)


@pytest.fixture
def invited(pair: Pair) -> Invited:
    return Invited(pair[0])


def test_a_joiner_is_in_the_epoch_of_the_commit(pair: Pair) -> None:
    alice, bob = pair
    for force_path in (True, False):
        invited = Invited(alice, force_path)
        joined = join(invited.welcome, invited.package.message, invited.package.secrets)
        assert joined.signer == 0
        assert joined.group.own_leaf == 2
        assert invited.staged.group is not None
        assert joined.group.epoch_authenticator == invited.staged.group.epoch_authenticator
        assert joined.group.context_bytes == invited.staged.group.context_bytes
    assert bob.group.epoch == 1


def test_a_welcome_made_again_unchanged_is_good(invited: Invited) -> None:
    invited.join(invited.again())


def test_references_say_whom_a_welcome_is_for(invited: Invited) -> None:
    assert welcome_refs(invited.welcome) == (invited.package.ref,)


def test_T026_a_welcome_for_another_key_package(invited: Invited) -> None:
    other = Party("else").key_package()
    with refused("welcome-not-for-us"):
        join(invited.welcome, other.message, other.secrets)


def test_T026_a_replayed_welcome_finds_no_init_key(invited: Invited) -> None:
    used = replace(invited.package.secrets, init=Secret(bytes(32)))
    with pytest.raises(PeerError) as caught:
        join(invited.welcome, invited.package.message, used)
    assert caught.value.code in {"bad-ciphertext", "weak-key"}


def test_a_welcome_of_another_suite(invited: Invited) -> None:
    parsed = replace(invited.parsed, suite_id=3)
    with refused("welcome-wrong-suite"):
        invited.join(encode_message(parsed))
    inside = invited.again(info=lambda i: replace(i, context=replace(i.context, suite_id=3)), signer=invited.alice)
    with refused("welcome-wrong-suite"):
        invited.join(inside)


def test_another_message_is_no_welcome(invited: Invited) -> None:
    for message in (invited.package.message, invited.staged.message, encode_message(invited.info)):
        with pytest.raises(PeerError) as caught:
            invited.join(message)
        assert caught.value.code == "malformed"


@pytest.mark.parametrize("usage", [USAGE_REINIT, USAGE_BRANCH])
def test_reinitialisation_and_branches_are_named(invited: Invited, usage: int) -> None:
    psk = PreSharedKeyId(PSK_RESUMPTION, bytes(32), b"", usage, b"group", 0)
    with refused("welcome-psk-usage"):
        invited.join(invited.again(secrets=lambda s: replace(s, psks=(psk,))))


def test_a_psk_that_the_joiner_does_not_have(invited: Invited) -> None:
    psk = external_psk(b"unknown", bytes(32))
    with refused("missing-psk"):
        invited.join(invited.again(secrets=lambda s: replace(s, psks=(psk,))))


def test_a_former_member_joins_with_a_key_of_an_epoch_that_it_knew(pair: Pair) -> None:
    alice, bob = pair

    class Kept:
        resumed = bob.group.resumption_psk

        def external(self, psk_id: bytes) -> Secret | None:
            return None

        def resumption(self, group_id: bytes, epoch: int) -> Secret | None:
            return self.resumed if (group_id, epoch) == (b"group", 1) else None

    alice.psks = bob.psks = Kept()
    alice.commit(CommitPlan(removes=(bob.group.own_leaf,)))
    package = bob.key_package()
    plan = CommitPlan(adds=(package.message,), psks=(resumption_psk(b"group", 1, bytes(32)),))
    bob.join(alice.commit(plan).welcome, package)
    assert bob.group.epoch_authenticator == alice.group.epoch_authenticator


def test_psks_of_a_welcome_are_named_as_a_commit_must_name_them(invited: Invited) -> None:
    short = external_psk(b"id", bytes(31))
    with refused("psk-nonce"):
        invited.join(invited.again(secrets=lambda s: replace(s, psks=(short,))))
    twice = external_psk(b"id", bytes(32))
    with refused("psk-twice"):
        invited.join(invited.again(secrets=lambda s: replace(s, psks=(twice, twice))))


def test_a_welcome_without_a_tree(invited: Invited) -> None:
    bare = invited.again(info=lambda i: replace(i, extensions=()), signer=invited.alice)
    with refused("welcome-tree-missing"):
        invited.join(bare)
    assert invited.staged.group is not None
    tree = invited.staged.group.tree.encode()
    invited.dora.join(bare, invited.package, tree)


def test_a_signer_outside_the_tree(invited: Invited) -> None:
    with refused("group-info-signer"):
        invited.join(invited.again(info=lambda i: replace(i, signer=9), signer=invited.alice))


def test_only_the_named_member_can_have_signed(pair: Pair, invited: Invited) -> None:
    _, bob = pair
    with refused("group-info-signature"):
        invited.join(invited.again(signer=bob))
    with refused("group-info-signature"):
        invited.join(invited.again(info=lambda i: replace(i, signer=1), signer=invited.alice))
    with refused("group-info-signature"):
        invited.join(invited.again(info=lambda i: replace(i, signature=b"")))


def test_a_wrong_confirmation_tag(invited: Invited) -> None:
    with refused("group-info-tag"):
        invited.join(invited.again(info=lambda i: replace(i, confirmation_tag=bytes(32)), signer=invited.alice))


def test_a_tree_of_another_epoch(invited: Invited) -> None:
    old = Extension(EXTENSION_RATCHET_TREE, invited.alice.group.tree.encode())
    with refused("tree-hash"):
        invited.join(invited.again(info=lambda i: replace(i, extensions=(old,)), signer=invited.alice))


def test_a_tree_without_the_joiner(invited: Invited) -> None:
    group = invited.alice.group
    old = Extension(EXTENSION_RATCHET_TREE, group.tree.encode())

    def without(info: GroupInfo) -> GroupInfo:
        context = replace(info.context, tree_hash=group.context.tree_hash)
        return replace(info, context=context, extensions=(old,))

    with refused("joiner-not-in-tree"):
        invited.join(invited.again(info=without, signer=invited.alice))


def test_T029_a_tree_that_is_shown_honestly_is_good(invited: Invited) -> None:
    invited.join(invited.showing(invited.tree))


def test_T029_the_inviter_knows_the_key_of_a_parent_that_nobody_made(invited: Invited) -> None:
    tree = invited.tree
    root = tree.parent(3)
    assert root is not None
    own = generate_key_pair(invited.alice.suite, invited.alice.entropy).public
    tree.put(3, replace(root, encryption_key=own))
    with refused("tree-parent-hash"):
        invited.join(invited.showing(tree))


def shown_member(invited: Invited, party: Party, **changes: object) -> RatchetTree:
    """The tree with another leaf of `party`, which `party` itself has signed."""
    tree, index = invited.tree, party.group.own_leaf
    leaf = tree.leaf(index)
    assert leaf is not None
    made: LeafNode = replace(leaf, **changes)  # type: ignore[arg-type]
    content = sign_content("LeafNodeTBS", made.to_be_signed(b"group", index))
    tree.put(2 * index, replace(made, signature=party.signer.sign(content)))
    return tree


def test_T029_a_member_that_never_signed_its_leaf(pair: Pair) -> None:
    """The inviter puts another name, or keys of its own, on the leaf of a member."""
    alice, bob = pair
    invited = Invited(alice, force_path=False)  # no parent vouches for a leaf yet
    tree = invited.tree
    leaf = tree.leaf(bob.group.own_leaf)
    assert leaf is not None
    own = generate_key_pair(alice.suite, alice.entropy).public
    for forged in (replace(leaf, credential=basic_credential(b"the boss")), replace(leaf, encryption_key=own)):
        tree.put(2 * bob.group.own_leaf, forged)
        with refused("leaf-signature"):
            invited.join(invited.showing(tree))


def test_T029_a_member_that_cannot_do_what_the_group_does(pair: Pair) -> None:
    alice, bob = pair
    invited = Invited(alice, force_path=False)
    with refused("leaf-group-extension"):
        invited.join(invited.showing(invited.tree, (Extension(0x7777, b""),)))
    deaf = shown_member(invited, bob, capabilities=replace(bob.leaf.capabilities, credentials=()))
    with refused("leaf-credential-support"):
        invited.join(invited.showing(deaf))


def test_a_path_secret_that_does_not_fit(invited: Invited) -> None:
    with refused("joiner-path-secret"):
        invited.join(invited.again(secrets=lambda s: replace(s, path_secret=bytes(32))))


def test_T028_an_inviter_keeps_the_path_secret_to_itself(trio: tuple[Party, Party, Party]) -> None:
    """Dora shares a node with Alice and lacks its key: she is in, and the next path cannot reach her."""
    alice, bob, carol = trio
    carol.open(alice.commit(CommitPlan(removes=(bob.group.own_leaf,))).message)
    invited = Invited(alice)
    invited.join(invited.again(secrets=lambda s: replace(s, path_secret=None)))
    dora = invited.dora
    carol.open(invited.staged.message)
    before, message = dict(dora.rows.values), carol.commit(CommitPlan()).message
    with refused("path-secret"):
        dora.open(message)
    assert dora.rows.values == before


def test_a_path_secret_of_oneself(invited: Invited) -> None:
    with refused("joiner-path-secret"):
        invited.join(invited.again(info=lambda i: replace(i, signer=2), signer=invited.dora))


def test_group_infos_parse_whole(invited: Invited) -> None:
    assert parse_group_info(invited.info.encode()) == invited.info


def test_T004_an_inviter_claims_the_last_epoch_that_there_can_be(invited: Invited) -> None:
    """All its keys are right, so we are in; then nothing can be committed, and nothing but a PeerError says so."""

    def last(info: GroupInfo) -> GroupInfo:
        return invited.tagged(replace(info, context=replace(info.context, epoch=(1 << 64) - 1)))

    invited.join(invited.again(info=last, signer=invited.alice))
    assert invited.dora.group.epoch == (1 << 64) - 1
    with refused("last-epoch"):
        invited.dora.stage(CommitPlan())


def test_who_was_removed_unheard_joins_again_over_its_old_rows() -> None:
    """Nodes and keys that the group does not have any more would spoil the new tree, and old ratchets the new ones."""
    everybody = parties("alice", "bob", "carol", "dora", "erin", "frank", "gina")
    alice, bob, *others = everybody
    for committer in everybody:  # every inner node gets a key, and bob all of his
        commit = committer.commit(CommitPlan()).message
        for member in everybody:
            if member is not committer:
                member.open(commit)
    lost = alice.send(b"never arrives")
    for removed in ((1, 2), (4, 5)):
        commit = alice.commit(CommitPlan(removes=removed)).message
        for member in others:
            if member.rows.get("group") is not None:
                member.open(commit)
    package = bob.key_package()
    bob.join(alice.commit(CommitPlan(adds=(package.message,))).welcome, package)
    assert bob.group.own_leaf == 1
    assert bob.group.tree.encode() == alice.group.tree.encode()
    assert bob.read(alice.send(b"welcome back")) == b"welcome back"
    bob.open(alice.commit(CommitPlan()).message)
    assert bob.group.epoch_authenticator == alice.group.epoch_authenticator
    with refused("past-epoch"):
        open_past(bob.rows, lost)
