"""What a member or an inviter with all keys can send at worst: only PeerErrors come out, and nothing changes."""

import random
from dataclasses import replace

import pytest

from coterie.core.crypto.kdf import digest
from coterie.core.kernel.errors import PeerError
from coterie.core.mls.commit import parse_commit
from coterie.core.mls.commits import CommitPlan
from coterie.core.mls.extension import Extension
from coterie.core.mls.framing import FramedContent
from coterie.core.mls.group_info import GroupInfo
from coterie.core.mls.mls_message import parse_message
from coterie.core.mls.public_message import PublicMessage
from coterie.core.mls.ratchet_tree import parse_tree
from coterie.core.mls.registry import (
    CONTENT_COMMIT,
    EXTENSION_RATCHET_TREE,
    WIRE_PRIVATE_MESSAGE,
    WIRE_PUBLIC_MESSAGE,
)
from coterie.core.mls.tree_hash import tree_hash
from coterie.testing.mls_insider import Insider
from coterie.testing.mls_party import Party, parties
from tests.unit.core.mls.test_join import Invited


def mutated(dice: random.Random, data: bytes) -> bytes:
    """Something else than `data`: bits, cuts, insertions, repetitions."""
    changed = data
    while changed == data:
        changed = changed_once(dice, data)
    return changed


def changed_once(dice: random.Random, data: bytes) -> bytes:
    out = bytearray(data)
    for _ in range(dice.randint(1, 3)):
        place = dice.randrange(len(out)) if out else 0
        match dice.randrange(5):
            case 0 if out:
                out[place] ^= 1 << dice.randrange(8)
            case 1 if out:
                out[place] = dice.choice((0, 1, 2, 3, 0x3F, 0x40, 0x7F, 0x80, 0xFF))
            case 2:
                del out[place : place + dice.randint(1, 8)]
            case 3:
                out[place:place] = dice.randbytes(dice.randint(1, 8))
            case _:
                out[place:place] = out[place : place + dice.randint(1, 40)]
    return bytes(out)


def hostile_commits(seed: int, rounds: int) -> None:
    dice = random.Random(seed)
    alice, bob, *_ = parties("alice", "bob", "carol", "dora", "emil")
    insider = Insider(alice)
    package = Party("fritz").key_package().message
    good = parse_message(alice.stage(CommitPlan(adds=(package,), removes=(3,)), public=True).message)
    assert isinstance(good, PublicMessage)
    before = dict(bob.rows.values)
    for _ in range(rounds):
        body = mutated(dice, good.content.body)
        content: FramedContent = insider.content(CONTENT_COMMIT, body)
        private = dice.random() < 0.3
        wire = WIRE_PRIVATE_MESSAGE if private else WIRE_PUBLIC_MESSAGE
        auth = replace(insider.sign(content, wire), confirmation_tag=good.auth.confirmation_tag)
        with pytest.raises(PeerError):
            bob.open(insider.private(content, auth) if private else insider.public(content, auth))
        assert bob.rows.values == before
    assert parse_commit(good.content.body).path is not None


def hostile_trees(seed: int, rounds: int) -> None:
    """The inviter signs whatever tree it likes, with its right hash where there is one and the right tag."""
    dice = random.Random(seed)
    alice, bob, carol, _ = members = parties("alice", "bob", "carol", "emil")
    for committer in (bob, carol):
        message = committer.commit(CommitPlan()).message
        for other in members:
            if other is not committer:
                other.open(message)
    invited = Invited(alice)
    assert invited.staged.group is not None
    data = invited.staged.group.tree.encode()
    for _ in range(rounds):
        tree = mutated(dice, data)
        try:
            hashed = tree_hash(parse_tree(alice.suite, tree))
        except PeerError:
            hashed = digest(alice.suite, tree)

        def shown(info: GroupInfo, tree: bytes = tree, hashed: bytes = hashed) -> GroupInfo:
            context = replace(info.context, tree_hash=hashed)
            return invited.tagged(replace(info, context=context, extensions=(Extension(EXTENSION_RATCHET_TREE, tree),)))

        with pytest.raises(PeerError):
            invited.join(invited.again(info=shown, signer=alice))
    invited.join(invited.welcome)


@pytest.mark.parametrize("seed", range(3))
def test_hostile_commits(seed: int) -> None:
    hostile_commits(seed, 150)


@pytest.mark.parametrize("seed", range(3))
def test_hostile_trees(seed: int) -> None:
    hostile_trees(seed, 150)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 120))
def test_many_hostile_commits_and_trees(seed: int) -> None:
    hostile_commits(seed, 2000)
    hostile_trees(seed, 2000)
