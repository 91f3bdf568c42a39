"""Following commits: what an honest one does, and every way in which an insider can break one (T020, T028)."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from coterie.core.crypto.hpke import encrypt_with_label
from coterie.core.crypto.signature import sign_content
from coterie.core.kernel.errors import PeerError
from coterie.core.mls import treekem
from coterie.core.mls.commits import CommitPlan
from coterie.core.mls.credential import Credential
from coterie.core.mls.extension import Extension, RequiredCapabilities
from coterie.core.mls.key_package import KeyPackage
from coterie.core.mls.key_packages import parse_key_package
from coterie.core.mls.leaf_node import LeafNode
from coterie.core.mls.mls_message import encode_message, parse_message
from coterie.core.mls.open_message import Proposed, open_message
from coterie.core.mls.past import open_past
from coterie.core.mls.proposal import (
    Add,
    ExternalInit,
    GroupContextExtensions,
    PreSharedKey,
    ProposalOrRef,
    Reference,
    ReInit,
    Remove,
    Update,
)
from coterie.core.mls.propose import propose_update
from coterie.core.mls.psk_id import PreSharedKeyId, external_psk
from coterie.core.mls.public_message import PublicMessage
from coterie.core.mls.registry import (
    CREDENTIAL_X509,
    EXTENSION_COTERIE,
    EXTENSION_REQUIRED_CAPABILITIES,
    MLS10,
    PSK_RESUMPTION,
    SOURCE_COMMIT,
    SOURCE_UPDATE,
    USAGE_BRANCH,
)
from coterie.core.mls.staged import StagedCommit
from coterie.core.mls.tree_hash import tree_hash
from coterie.core.mls.update_path import HpkeCiphertext, UpdatePath
from coterie.testing.entropy import SeededEntropy
from coterie.testing.mls_insider import Insider, Tampering
from coterie.testing.mls_outsider import Entry, external_commit
from coterie.testing.mls_party import Party
from coterie.testing.mls_refusals import refused

Trio = tuple[Party, Party, Party]


def package(name: str, suite_id: int = 1) -> KeyPackage:
    return parse_key_package(Party(name, suite_id).key_package().message)


def commit_of(entries: Callable[[Insider], list[ProposalOrRef]], path: bool = True) -> Callable[[Insider], bytes]:
    return lambda insider: insider.commit(entries(insider), path=path).message


def tampered(tampering: Tampering) -> Callable[[Insider], bytes]:
    return lambda insider: insider.commit(tampering=tampering).message


def edit_node(level: int, **changes: object) -> Tampering:
    """Changes one node of the path."""

    def edit(path: UpdatePath) -> UpdatePath:
        nodes = list(path.nodes)
        nodes[level] = replace(nodes[level], **changes)  # type: ignore[arg-type]
        return replace(path, nodes=tuple(nodes))

    return Tampering(path=edit)


def flip(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


def edit_leaf(**changes: object) -> Tampering:
    return Tampering(leaf=lambda leaf: replace(leaf, **changes))  # type: ignore[arg-type]


def unable(**lists: tuple[int, ...]) -> Tampering:
    """A path whose leaf has other capabilities."""
    return Tampering(leaf=lambda leaf: replace(leaf, capabilities=replace(leaf.capabilities, **lists)))


def update_of(leaf: LeafNode) -> Update:
    return Update(replace(leaf, source=SOURCE_UPDATE, parent_hash=b"", lifetime=None))


def own_update(insider: Insider) -> list[ProposalOrRef]:
    return [update_of(insider.party.group.members()[0][1])]


def same_init_key(insider: Insider) -> list[ProposalOrRef]:
    """Two packages of two parties with one init key, each properly signed."""
    one, two = Party("one"), Party("two")
    first, second = (parse_key_package(p.key_package().message) for p in (one, two))
    shared = replace(second, init_key=first.init_key)
    return [Add(first), Add(sign_package(two, shared))]


def sign_package(party: Party, unsigned: KeyPackage) -> KeyPackage:
    return replace(unsigned, signature=party.signer.sign(sign_content("KeyPackageTBS", unsigned.to_be_signed())))


def same_signer(insider: Insider) -> list[ProposalOrRef]:
    """A second client with the signature key of a member."""
    return [Add(parse_key_package(insider.party.key_package().message))]


def same_leaf_key(insider: Insider) -> list[ProposalOrRef]:
    """A newcomer whose leaf has the encryption key of a member."""
    thief = Party("thief")
    made = parse_key_package(thief.key_package().message)
    taken = insider.group.members()[1][1].encryption_key
    leaf = replace(made.leaf, encryption_key=taken)
    leaf = replace(leaf, signature=thief.signer.sign(sign_content("LeafNodeTBS", leaf.to_be_signed(b"", 0))))
    return [Add(sign_package(thief, replace(made, leaf=leaf)))]


def required(insider: Insider) -> list[ProposalOrRef]:
    data = RequiredCapabilities(extensions=(0x7777,)).encode()
    return [GroupContextExtensions((Extension(EXTENSION_REQUIRED_CAPABILITIES, data),))]


def coterie_extension() -> GroupContextExtensions:
    return GroupContextExtensions((Extension(EXTENSION_COTERIE, b""),))


def psk(insider: Insider, nonce: int = 32) -> PreSharedKey:
    return PreSharedKey(external_psk(b"id", bytes(nonce)))


def branch_psk(insider: Insider) -> list[ProposalOrRef]:
    return [PreSharedKey(PreSharedKeyId(PSK_RESUMPTION, bytes(32), b"", USAGE_BRANCH, b"group", 0))]


def sibling_key(insider: Insider) -> bytes:
    return insider.group.members()[1][1].encryption_key


BROKEN: list[tuple[str, Callable[[Insider], bytes]]] = [
    (
        "update-by-committer",  # rule
        commit_of(own_update),
    ),
    (
        "remove-committer",  # rule
        commit_of(lambda i: [Remove(i.group.own_leaf)]),
    ),
    (
        "remove-blank",  # rule
        commit_of(lambda i: [Remove(3)]),
    ),
    (
        "leaf-changed-twice",  # rule
        commit_of(lambda i: [Remove(2), Remove(2)]),
    ),
    (
        "init-key-taken",  # rule
        commit_of(same_init_key),
    ),
    (
        "leaf-signature-key-taken",  # rule
        commit_of(same_signer),
    ),
    (
        "leaf-encryption-key-taken",  # rule
        commit_of(same_leaf_key),
    ),
    (
        "key-package-wrong-suite",  # rule
        commit_of(lambda i: [Add(package("p", 3))]),
    ),
    (
        "psk-twice",  # rule
        commit_of(lambda i: [psk(i), psk(i)]),
    ),
    (
        "psk-nonce",  # rule
        commit_of(lambda i: [psk(i, 31)]),
    ),
    (
        "psk-usage",  # rule
        commit_of(branch_psk),
    ),
    (
        "extensions-twice",  # rule
        commit_of(lambda i: [GroupContextExtensions(()), GroupContextExtensions(())]),
    ),
    (
        "extensions-unsupported",  # rule
        commit_of(required),
    ),
    (
        "reinit-version",  # rule
        commit_of(lambda i: [ReInit(b"new", 0, 1, ())], path=False),
    ),
    (
        "reinit-not-alone",  # rule
        commit_of(lambda i: [ReInit(b"new", MLS10, 1, ()), Remove(2)]),
    ),
    (
        "external-init-by-member",  # rule
        commit_of(lambda i: [ExternalInit(bytes(32))]),
    ),
    (
        "unknown-proposal",  # rule
        lambda i: i.commit([Reference(bytes(32))], known=[Remove(2)]).message,
    ),
    (
        "path-missing",  # rule
        commit_of(lambda i: [Remove(2)], path=False),
    ),
    (
        "path-missing",  # rule
        commit_of(lambda i: [], path=False),
    ),
    (
        "path-length",  # rule
        tampered(Tampering(path=lambda p: replace(p, nodes=p.nodes[:-1]))),
    ),
    (
        "path-length",  # rule
        tampered(Tampering(path=lambda p: replace(p, nodes=(*p.nodes, p.nodes[-1])))),
    ),
    (
        "path-secret-count",  # rule
        tampered(edit_node(0, secrets=())),
    ),
    (
        "path-parent-hash",  # rule
        tampered(edit_leaf(parent_hash=bytes(32))),
    ),
    (
        "path-parent-hash",  # rule
        tampered(edit_node(1, encryption_key=bytes([9]) + bytes(31))),
    ),
    (
        "leaf-signature",  # rule
        tampered(Tampering(leaf=lambda leaf: replace(leaf, signature=flip(leaf.signature)))),
    ),
    (
        "leaf-source",  # rule
        tampered(edit_leaf(source=SOURCE_UPDATE)),
    ),
    (
        "leaf-credential-x509",  # rule
        tampered(edit_leaf(credential=Credential(CREDENTIAL_X509, certificates=(b"x",)))),
    ),
    (
        "leaf-extension-unlisted",  # rule
        tampered(edit_leaf(extensions=(Extension(0x7777, b""),))),
    ),
    (
        "leaf-group-extension",  # rule
        lambda i: i.commit([coterie_extension()], tampering=unable(extensions=())).message,
    ),
    (
        "leaf-credential-support",  # rule
        tampered(unable(credentials=())),
    ),
    (
        "confirmation-tag",  # rule
        tampered(Tampering(tag=flip)),
    ),
    (
        "confirmation-tag",  # rule
        tampered(Tampering(tag=lambda tag: b"")),
    ),
]


@pytest.mark.parametrize(("rule", "forge"), BROKEN, ids=[f"{i}-{row[0]}" for i, row in enumerate(BROKEN)])
def test_T020_a_broken_commit_is_refused_and_changes_nothing(
    trio: Trio, rule: str, forge: Callable[[Insider], bytes]
) -> None:
    alice, bob, carol = trio
    message = forge(Insider(alice))
    for victim in (bob, carol):
        before = dict(victim.rows.values)
        with refused(rule):
            victim.open(message)
        assert victim.rows.values == before
    honest = alice.commit(CommitPlan()).message
    for member in (bob, carol):
        member.open(honest)
        assert member.group.epoch_authenticator == alice.group.epoch_authenticator


def test_T020_the_committer_keeps_its_old_key(trio: Trio) -> None:
    alice, bob, _ = trio
    old = alice.group.members()[0][1].encryption_key
    with refused("path-key-unchanged"):
        bob.open(Insider(alice).commit(tampering=edit_leaf(encryption_key=old)).message)


def test_T020_the_path_uses_the_key_of_another_member(trio: Trio) -> None:
    alice, bob, _ = trio
    taken = sibling_key(Insider(alice))
    with refused("path-key-taken"):
        bob.open(Insider(alice).commit(tampering=edit_leaf(encryption_key=taken)).message)


class Repeating:
    """Fresh bytes, but for one draw that the test chooses (counted from 0)."""

    def __init__(self, seed: int, draw: int, value: bytes) -> None:
        self._fresh = SeededEntropy(seed)
        self._left, self._value = draw, value

    def random(self, size: int) -> bytes:
        fresh = self._fresh.random(size)
        self._left -= 1
        return self._value if self._left == -1 else fresh


OLD_PATH = bytes(range(32))


def test_T020_the_committer_brings_its_old_path_again(trio: Trio) -> None:
    """Its leaf is new and every key above it old: whoever stole those keys would read the next epoch too."""
    alice, bob, carol = trio
    alice.entropy = Repeating(1, 0, OLD_PATH)  # type: ignore[assignment]
    first = alice.commit(CommitPlan()).message
    alice.entropy = Repeating(2, 0, OLD_PATH)  # type: ignore[assignment]
    again = Insider(alice).commit().message
    for victim in (bob, carol):
        victim.open(first)
        with refused("path-key-taken"):
            victim.open(again)
    alice.entropy = Repeating(3, 0, OLD_PATH)  # type: ignore[assignment]
    with refused("path-key-taken"):
        alice.stage(CommitPlan())


@pytest.mark.parametrize("weak", [bytes(32), bytes([1]) + bytes(31)], ids=["zero", "one"])
def test_T020_a_path_key_to_which_nobody_could_encrypt(trio: Trio, weak: bytes) -> None:
    """Carol never derives the key of the node above alice and bob; her own next commit would encrypt to it."""
    alice, _, carol = trio
    with pytest.raises(PeerError) as caught:
        carol.open(Insider(alice).commit(tampering=edit_node(0, encryption_key=weak)).message)
    assert caught.value.code == "weak-key"


def test_T020_an_update_by_reference_that_keeps_its_key(trio: Trio) -> None:
    alice, bob, carol = trio
    leaf = alice.group.members()[0][1]
    same = replace(leaf, source=SOURCE_UPDATE, parent_hash=b"")
    signature = alice.signer.sign(sign_content("LeafNodeTBS", same.to_be_signed(b"group", 0)))
    message, reference = Insider(alice).proposal(Update(replace(same, signature=signature)))
    bob.open(message)
    carol.open(message)
    plan = CommitPlan(references=(reference.ref,))
    with refused("update-key-unchanged"):
        bob.stage(plan)


def proposed_leaf(party: Party, index: int, **changes: object) -> LeafNode:
    """A fresh leaf as an Update has it, signed for one place in the group."""
    made = parse_key_package(party.key_package().message).leaf
    leaf: LeafNode = replace(made, **{"source": SOURCE_UPDATE, "lifetime": None, **changes})  # type: ignore[arg-type]
    return replace(leaf, signature=party.signer.sign(sign_content("LeafNodeTBS", leaf.to_be_signed(b"group", index))))


def incapable(party: Party) -> LeafNode:
    """A leaf that does not list the extension which the group has."""
    return proposed_leaf(party, 1, capabilities=replace(party.leaf.capabilities, extensions=()))


UPDATES: list[tuple[str, Callable[[Party], LeafNode]]] = [
    (
        "leaf-source",  # rule
        lambda bob: proposed_leaf(bob, 1, source=SOURCE_COMMIT, parent_hash=bytes(32)),
    ),
    (
        "leaf-signature",  # rule
        lambda bob: proposed_leaf(bob, 2),
    ),
    (
        "leaf-group-extension",  # rule
        incapable,
    ),
    (
        "leaf-encryption-key-taken",  # rule
        lambda bob: proposed_leaf(bob, 1, encryption_key=bob.group.members()[0][1].encryption_key),
    ),
]


@pytest.mark.parametrize(("rule", "made"), UPDATES, ids=[row[0] for row in UPDATES])
def test_T020_an_update_by_reference_is_judged_like_any_other_leaf(
    trio: Trio, rule: str, made: Callable[[Party], LeafNode]
) -> None:
    alice, bob, carol = trio
    extended = carol.commit(CommitPlan(extensions=(Extension(EXTENSION_COTERIE, b""),))).message
    for member in (alice, bob):
        member.open(extended)
    message, reference = Insider(bob).proposal(Update(made(bob)))
    alice.open(message)
    with refused(rule):
        alice.stage(CommitPlan(references=(reference.ref,)))


def path_edit_for(victim: Party, edit: Callable[[HpkeCiphertext], HpkeCiphertext]) -> Tampering:
    """Breaks the ciphertext of one receiver: Bob alone below the first node, Carol below the second."""

    def change(path: UpdatePath) -> UpdatePath:
        level = 0 if victim.group.own_leaf == 1 else 1
        nodes = list(path.nodes)
        nodes[level] = replace(nodes[level], secrets=(edit(nodes[level].secrets[0]),))
        return replace(path, nodes=tuple(nodes))

    return Tampering(path=change)


def test_T028_a_wrong_secret_for_one_victim_is_a_path_mismatch_there_and_unseen_elsewhere(trio: Trio) -> None:
    alice, bob, carol = trio
    spoiled = path_edit_for(carol, lambda c: replace(c, ciphertext=flip(c.ciphertext)))
    message = Insider(alice).commit(tampering=spoiled).message
    before = dict(carol.rows.values)
    with refused("path-secret"):
        carol.open(message)
    assert carol.rows.values == before
    staged = bob.open(message)
    assert isinstance(staged, StagedCommit)
    assert staged.epoch == 2


def test_T028_a_secret_that_does_not_give_the_keys_of_the_path_is_a_path_mismatch(
    trio: Trio, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob, _ = trio
    monkeypatch.setattr(
        treekem,
        "encrypt_with_label",
        lambda suite, key, label, context, secret, entropy: encrypt_with_label(
            suite, key, label, context, bytes(32), entropy
        ),
    )
    message = Insider(alice).commit().message
    monkeypatch.undo()
    with refused("path-public-key"):
        bob.open(message)


def test_an_update_takes_effect_for_its_owner_too(trio: Trio) -> None:
    alice, bob, carol = trio
    sent = carol.sign(propose_update(carol.group, carol.rows, entropy=carol.entropy))
    carol.rows.write(sent.delta)
    for member in (alice, bob):
        proposed = member.open(sent.message)
        assert isinstance(proposed, Proposed)
        assert proposed.ref == sent.ref
    staged = alice.commit(CommitPlan(references=(sent.ref,)))
    for member in (bob, carol):
        member.open(staged.message)
    follow_up = bob.commit(CommitPlan()).message
    carol.open(follow_up)
    alice.open(follow_up)
    assert carol.group.epoch_authenticator == alice.group.epoch_authenticator


def test_a_newcomer_on_a_leaf_to_the_left_of_ours(trio: Trio) -> None:
    """The path is not encrypted to who is new, so the secret of who stands beside is the first."""
    alice, bob, carol = trio
    dora = Party("dora").key_package().message
    bob.open(carol.commit(CommitPlan(adds=(dora,), removes=(alice.group.own_leaf,))).message)
    assert bob.group.member(0) is not None
    assert bob.group.epoch_authenticator == carol.group.epoch_authenticator


def test_an_external_commit_with_the_leaf_that_everybody_computes(trio: Trio) -> None:
    _, bob, carol = trio
    bob.open(carol.commit(CommitPlan(removes=(0,))).message)
    newcomer = Party("dora")
    message, authenticator = external_commit(newcomer, bob.group)
    for member in (bob, carol):
        staged = member.open(message)
        assert isinstance(staged, StagedCommit)
        assert staged.external
        assert staged.committer == 0
        assert member.group.epoch_authenticator == authenticator


def test_an_external_committer_may_remove_its_own_former_leaf(trio: Trio) -> None:
    alice, bob, carol = trio
    again = Party("bob")
    message, authenticator = external_commit(again, alice.group, Entry(removes=(1,)))
    for member in (alice, carol):
        staged = member.open(message)
        assert isinstance(staged, StagedCommit)
        assert staged.removed == (1,)
        assert staged.committer == 1
        assert member.group.epoch_authenticator == authenticator
    staged = bob.open(message)
    assert isinstance(staged, StagedCommit)
    assert staged.group is None


EXTERNAL: list[tuple[str, Entry]] = [
    (
        "external-init-count",  # rule
        Entry(inits=0),
    ),
    (
        "external-init-count",  # rule
        Entry(inits=2),
    ),
    (
        "external-proposal-kind",  # rule
        Entry(more=(GroupContextExtensions(()),)),
    ),
    (
        "external-remove-other",  # rule
        Entry(removes=(1,)),
    ),
    (
        "external-remove-other",  # rule
        Entry(more=(Remove(1), Remove(2))),
    ),
    (
        "external-path-missing",  # rule
        Entry(path=False),
    ),
    (
        "leaf-signature",  # rule
        Entry(leaf=7),
    ),
]


@pytest.mark.parametrize(("rule", "entry"), EXTERNAL, ids=[f"{i}-{row[0]}" for i, row in enumerate(EXTERNAL)])
def test_T020_a_broken_external_commit_is_refused_and_changes_nothing(trio: Trio, rule: str, entry: Entry) -> None:
    alice, _, carol = trio
    message, _ = external_commit(Party("dora"), alice.group, entry)
    before = dict(carol.rows.values)
    with refused(rule):
        carol.open(message)
    assert carol.rows.values == before


def test_T020_a_member_enters_a_second_time_from_outside(trio: Trio) -> None:
    """One signature key on two leaves: removing it once would not remove it."""
    alice, _, carol = trio
    message, _ = external_commit(Party("bob"), alice.group)
    with refused("leaf-signature-key-taken"):
        carol.open(message)


def test_T020_an_external_commit_that_its_committer_did_not_sign(trio: Trio) -> None:
    """Its leaf is signed, but not what it proposes."""
    alice, _, carol = trio
    message, _ = external_commit(Party("dora"), alice.group)
    parsed = parse_message(message)
    assert isinstance(parsed, PublicMessage)
    for signature in (b"", flip(parsed.auth.signature), alice.signer.sign(b"something else")):
        with refused("content-signature"):
            carol.open(encode_message(replace(parsed, auth=replace(parsed.auth, signature=signature))))


def test_T020_an_external_committer_keeps_the_key_of_its_former_leaf(trio: Trio) -> None:
    alice, bob, carol = trio
    drawn = SeededEntropy("bob")
    _signer, _init, leaf_seed = (drawn.random(32) for _ in range(3))
    again = Party("bob")
    again.entropy = Repeating(1, 3, leaf_seed)  # type: ignore[assignment]
    message, _ = external_commit(again, alice.group, Entry(removes=(bob.group.own_leaf,)))
    with refused("path-key-unchanged"):
        carol.open(message)


def test_T020_an_external_commit_by_reference(trio: Trio) -> None:
    alice, bob, _ = trio
    message, reference = Insider(alice).proposal(Remove(2))
    bob.open(message)
    forged, _ = external_commit(Party("dora"), alice.group, Entry(more=(reference,)))
    with refused("external-by-reference"):
        bob.open(forged)


def test_T030_a_removed_member_learns_that_and_nothing_of_the_next_epoch(trio: Trio) -> None:
    alice, bob, carol = trio
    late = bob.send(b"sent before the removal")
    message = alice.commit(CommitPlan(removes=(2,))).message
    bob.open(message)
    staged = carol.open(message)
    assert isinstance(staged, StagedCommit)
    assert staged.group is None
    assert staged.removed == (2,)
    assert open_past(carol.rows, late).plaintext == b"sent before the removal"
    assert carol.rows.get("group") is None
    assert not carol.rows.keys("k/")
    assert not carol.rows.keys("n/")
    with pytest.raises(PeerError) as caught:
        open_past(carol.rows, alice.send(b"secret"))
    assert caught.value.code == "past-epoch"


def test_a_commit_shows_everything_to_judge_it_by(trio: Trio) -> None:
    alice, bob, _ = trio
    dora = Party("dora").key_package()
    made = alice.stage(CommitPlan(adds=(dora.message,), removes=(2,)))
    staged = open_message(bob.group, bob.rows, made.message)
    assert isinstance(staged, StagedCommit)
    assert (staged.committer, staged.external, staged.added, staged.removed) == (0, False, (2,), (2,))
    assert [type(x.proposal) for x in staged.proposals] == [Remove, Add]
    assert staged.previous == bob.group.context
    assert staged.group is not None
    assert staged.group.context.tree_hash == tree_hash(staged.group.tree)
