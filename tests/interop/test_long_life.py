"""Dozens of epochs in one group with a live peer: who does what next is drawn by a seed.

Four things that ts-mls 1.6.4 does otherwise than RFC 9420 are left out here (OpenMLS and mls-rs do as we do): it takes
the commit secret from the root even where the root is not in the filtered path, so leaf 0 stays and keeps it there;
it cannot open a path of a commit that both removes and adds; it does not empty the group's extensions; and it joins
no tree in which an unmerged leaf is not the same list on all levels, so its members come first.
"""

from collections.abc import Callable
from contextlib import ExitStack
from random import Random

import pytest

from coterie.core.mls.commits import CommitPlan
from coterie.core.mls.extension import Extension
from coterie.core.mls.key_packages import parse_key_package
from coterie.core.mls.proposal import Add, Proposal, Remove
from coterie.core.mls.propose import propose, propose_update
from coterie.core.mls.registry import EXTENSION_APPLICATION_ID
from coterie.core.mls.staged import StagedCommit
from coterie.testing.mls_party import Party
from tests.interop.install_peers import missing_mls_rs, missing_ts_mls
from tests.interop.peers import LivePeer, mls_rs, ts_mls
from tests.interop.test_ts_mls import ours

EPOCHS = 24
MOST = 7
"""Members of our own at one time."""


class Life:
    """We at leaf 0, live peers at the next leaves, and further parties of ours that come and go."""

    def __init__(self, seed: int, suite_id: int, peers: list[LivePeer]) -> None:
        self.dice = Random(seed)
        self.suite_id = suite_id
        self.peers = peers
        self.born = 0
        first = self.newcomer()
        first.create()
        packages = [peer.get("key_package", "message", name=f"peer {index}") for index, peer in enumerate(peers)]
        welcome = first.commit(CommitPlan(adds=tuple(packages))).welcome
        for peer in peers:
            peer.ask("join", welcome=welcome)
        self.members = [first]

    def newcomer(self) -> Party:
        self.born += 1
        return ours(f"ours {self.born}", self.suite_id)

    def public(self) -> bool:
        return self.dice.random() < 0.5

    def spread(self, message: bytes, sender: Party | LivePeer) -> None:
        """Delivers a handshake message to all others; who is removed by it leaves."""
        for member in list(self.members):
            if member is not sender:
                opened = member.open(message)
                if isinstance(opened, StagedCommit) and opened.group is None:
                    self.members.remove(member)
        for peer in self.peers:
            if peer is not sender:
                peer.receive(message)

    def agree(self, authenticators: bool) -> None:
        groups = [member.group for member in self.members]
        assert len({group.context_bytes for group in groups}) == 1
        assert len({group.epoch_authenticator for group in groups}) == 1
        for peer in self.peers:
            assert peer.export("long life", b"context", 32) == groups[0].export("long life", b"context", 32)
            if authenticators:
                assert peer.get("authenticator", "secret") == groups[0].epoch_authenticator
        self.talk()

    def talk(self) -> None:
        """Messages both ways; of ours some are lost and the others come in any order."""
        sender = self.dice.choice(self.members)
        sent = [(b"%d" % number, sender.send(b"%d" % number)) for number in range(4)]
        for peer in self.peers:
            for text, message in self.dice.sample(sent, 3):
                assert peer.read(message, name=sender.name) == text
            said = peer.send(b"from a peer")
            for member in self.members:
                assert member.read(said) == b"from a peer"

    def we_commit(self) -> None:
        """A committer of ours; somebody comes or goes, or the keys or extensions are new."""
        committer = self.dice.choice(self.members)
        others = [m for m in self.members[1:] if m is not committer]
        newcomers: list[Party] = []
        plan = CommitPlan()
        if len(self.members) < MOST and self.dice.random() < 0.5:
            newcomers = [self.newcomer() for _ in range(self.dice.randint(1, 2))]
        elif others and self.dice.random() < 0.6:
            gone = self.dice.sample(others, min(len(others), self.dice.randint(1, 2)))
            plan = CommitPlan(removes=tuple(member.group.own_leaf for member in gone))
        elif self.dice.random() < 0.5:
            data = bytes([1, self.dice.randrange(256)])
            plan = CommitPlan(extensions=(Extension(EXTENSION_APPLICATION_ID, data),))
        packages = [party.key_package(last_resort=self.dice.random() < 0.3) for party in newcomers]
        if newcomers:
            forced = self.dice.random() < 0.5
            plan = CommitPlan(adds=tuple(package.message for package in packages), force_path=forced)
        staged = committer.commit(plan, public=self.public())
        self.spread(staged.message, committer)
        for party, package in zip(newcomers, packages, strict=True):
            party.join(staged.welcome, package)
        self.members += newcomers

    def by_reference(self, committed: Callable[[tuple[bytes, ...]], None]) -> None:
        """Up to two proposals of ours, by others than the first of us, that `committed` takes up."""
        refs = []
        for proposer in self.dice.sample(self.members[1:], min(2, len(self.members) - 1)):
            work = propose_update(proposer.group, proposer.rows, entropy=proposer.entropy, public=self.public())
            sent = proposer.sign(work)
            proposer.rows.write(sent.delta)
            self.spread(sent.message, proposer)
            refs.append(sent.ref)
        committed(tuple(refs))

    def we_take_up(self, refs: tuple[bytes, ...]) -> None:
        self.spread(self.members[0].commit(CommitPlan(references=refs), public=self.public()).message, self.members[0])

    def peer_takes_up(self, refs: tuple[bytes, ...]) -> None:
        peer = self.dice.choice(self.peers)
        self.spread(peer.get("update", "commit", public=self.public()), peer)


@pytest.mark.skipif(bool(missing_ts_mls()), reason=missing_ts_mls() or "installed")
@pytest.mark.parametrize("suite_id", [1, 2, 3, 7])
def test_a_long_life_with_two_ts_mls_members(suite_id: int) -> None:
    with ExitStack() as stack:
        life = Life(suite_id, suite_id, [stack.enter_context(ts_mls(suite_id)) for _ in range(2)])

        def peer_commits() -> None:
            peer = life.dice.choice(life.peers)
            gone = life.members[1:]
            if gone and life.dice.random() < 0.4:
                leaf = life.dice.choice(gone).group.own_leaf
                life.spread(peer.get("remove", "commit", leaf=leaf, public=life.public()), peer)
                return
            if len(life.members) >= MOST or life.dice.random() < 0.3:
                life.spread(peer.get("update", "commit", public=life.public()), peer)
                return
            party = life.newcomer()
            package = party.key_package()
            reply = peer.ask("add", key_package=package.message, public=life.public())
            life.spread(bytes.fromhex(reply["commit"]), peer)
            party.join(bytes.fromhex(reply["welcome"]), package)
            life.members.append(party)

        for _ in range(EPOCHS):
            turn = life.dice.random()
            if turn < 0.4:
                life.we_commit()
            elif turn < 0.7:
                peer_commits()
            else:
                life.by_reference(life.we_take_up if turn < 0.85 else life.peer_takes_up)
            life.agree(authenticators=True)


@pytest.mark.skipif(bool(missing_mls_rs()), reason=missing_mls_rs() or "installed")
def test_a_long_life_with_two_mls_rs_members() -> None:
    with ExitStack() as stack:
        life = Life(1, 1, [stack.enter_context(mls_rs()) for _ in range(2)])

        def peer_commits() -> None:
            peer = life.dice.choice(life.peers)
            if len(life.members) >= MOST or life.dice.random() < 0.5:
                life.spread(peer.get("update", "commit"), peer)
                return
            party = life.newcomer()
            package = party.key_package()
            reply = peer.ask("add", key_package=package.message)
            life.spread(bytes.fromhex(reply["commit"]), peer)
            party.join(bytes.fromhex(reply["welcome"]), package)
            life.members.append(party)

        def proposed(refs: tuple[bytes, ...]) -> None:
            """Besides, a Remove and an Add in one commit."""
            first, last = life.members[0], life.members[-1]
            party = life.newcomer()
            package = party.key_package()
            proposals: list[Proposal] = [Add(parse_key_package(package.message))]
            if last is not first:
                proposals.append(Remove(last.group.own_leaf))
            for proposal in proposals:
                work = propose(
                    first.group, first.rows, proposal, entropy=first.entropy, public=life.public(), now=first.now
                )
                sent = first.sign(work)
                first.rows.write(sent.delta)
                life.spread(sent.message, first)
                refs += (sent.ref,)
            staged = first.commit(CommitPlan(references=refs), public=life.public())
            life.spread(staged.message, first)
            party.join(staged.welcome, package)
            life.members.append(party)

        for _ in range(EPOCHS):
            turn = life.dice.random()
            if turn < 0.4:
                life.we_commit()
            elif turn < 0.7:
                peer_commits()
            elif turn < 0.85 and len(life.members) < MOST:
                proposed(())
            else:
                life.by_reference(life.we_take_up)
            life.agree(authenticators=False)
