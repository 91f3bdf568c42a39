"""Random lives of a group: whoever is in it agrees on everything, whoever is not cannot read it."""

import random

import pytest

from coterie.core.kernel.errors import CoterieError
from coterie.core.mls.commits import CommitPlan
from coterie.core.mls.open_message import open_message
from coterie.core.mls.past import open_past, past_epochs
from coterie.core.mls.proposal import Remove
from coterie.core.mls.propose import propose, propose_update
from coterie.core.mls.state import Delta
from coterie.core.mls.tree_validation import verify_tree
from coterie.testing.mls_outsider import external_commit
from coterie.testing.mls_party import Party


class Life:
    """A group in which anything may happen; every step is checked from all sides."""

    def __init__(self, seed: int, suite_id: int) -> None:
        self.dice = random.Random(seed)
        self.suite_id = suite_id
        self.born = 0
        self.members = [self.newcomer()]
        self.members[0].create()
        self.gone: list[Party] = []

    def newcomer(self) -> Party:
        self.born += 1
        return Party(f"party {self.born}", self.suite_id)

    def committer(self) -> Party:
        return self.dice.choice(self.members)

    def step(self) -> None:
        action = self.dice.choice([self.add, self.add, self.remove, self.refresh, self.by_reference, self.enter])
        before = len(self.members)
        action()
        self.agree()
        if before > 1:
            self.talk()

    def commit(self, committer: Party, plan: CommitPlan) -> bytes | None:
        staged = committer.stage(plan, public=self.dice.random() < 0.5)
        late = self.dice.choice(self.members)
        proposed = bool(plan.references)  # then nobody may send before the commit (RFC 9420 12.4)
        stray = late.send(b"stray") if late is not committer and not proposed else None
        committer.rows.write(staged.delta)
        for member in list(self.members):
            if member is not committer:
                member.open(staged.message)
        if stray is not None:
            self.read_late(stray, late)
        leaving = [m for m in self.members if m.rows.get("group") is None]
        for member in leaving:
            self.members.remove(member)
            self.gone.append(member)
        return staged.welcome

    def read_late(self, stray: bytes, sender: Party) -> None:
        for member in self.members:
            if member is not sender:
                opened = open_past(member.rows, stray)
                member.rows.write(opened.delta)
                assert opened.plaintext == b"stray"
                with pytest.raises(CoterieError):
                    open_past(member.rows, stray)

    def add(self) -> None:
        newcomers = [self.newcomer() for _ in range(self.dice.randint(1, 3))]
        packages = [party.key_package() for party in newcomers]
        plan = CommitPlan(adds=tuple(package.message for package in packages), force_path=self.dice.random() < 0.5)
        welcome = self.commit(self.committer(), plan)
        for party, package in zip(newcomers, packages, strict=True):
            party.join(welcome, package)
        self.members += newcomers

    def remove(self) -> None:
        if len(self.members) > 1:
            committer, *others = self.dice.sample(self.members, min(3, len(self.members)))
            self.commit(committer, CommitPlan(removes=tuple(o.group.own_leaf for o in others)))

    def refresh(self) -> None:
        self.commit(self.committer(), CommitPlan())

    def by_reference(self) -> None:
        if len(self.members) < 3:
            return
        committer, updater, remover, *_ = self.dice.sample(self.members, 3)
        refs = []
        public = self.dice.random() < 0.5
        sent = updater.sign(propose_update(updater.group, updater.rows, entropy=updater.entropy, public=public))
        refs.append(self.spread(updater, sent.message, sent.ref, sent.delta))
        others = [m for m in self.members if m not in (committer, updater)]
        victim = Remove(self.dice.choice(others).group.own_leaf)
        work = propose(remover.group, remover.rows, victim, entropy=remover.entropy, public=public)
        sent = remover.sign(work)
        refs.append(self.spread(remover, sent.message, sent.ref, sent.delta))
        self.commit(committer, CommitPlan(references=tuple(refs)))

    def spread(self, sender: Party, message: bytes, ref: bytes, delta: Delta) -> bytes:
        sender.rows.write(delta)
        for member in self.members:
            if member is not sender:
                member.open(message)
        return ref

    def enter(self) -> None:
        message, authenticator = external_commit(self.newcomer(), self.members[0].group)
        for member in self.members:
            member.open(message)
            assert member.group.epoch_authenticator == authenticator
        newest = next(
            index
            for index, node in self.members[0].group.members()
            if node.credential.identity.startswith(f"party {self.born}.".encode())
        )
        self.commit(self.members[0], CommitPlan(removes=(newest,)))

    def agree(self) -> None:
        groups = [member.group for member in self.members]
        assert len({group.context_bytes for group in groups}) == 1
        assert len({group.export("label", b"context", 16) for group in groups}) == 1
        assert sorted(group.own_leaf for group in groups) == [index for index, _ in groups[0].members()]
        verify_tree(groups[0].tree)

    def talk(self) -> None:
        sender = self.committer()
        messages = [sender.send(str(number).encode()) for number in range(3)]
        order = self.dice.sample(range(3), 3)
        for member in self.members:
            if member is not sender:
                for number in order:
                    assert member.read(messages[number]) == str(number).encode()
        for former in self.gone[-3:]:
            with pytest.raises(CoterieError):
                open_past(former.rows, messages[0])


@pytest.mark.parametrize("seed", range(6))
def test_a_random_life(seed: int) -> None:
    life = Life(seed, suite_id=1)
    for _ in range(14):
        life.step()


@pytest.mark.parametrize("suite_id", [2, 3, 7, 0xF602])
def test_a_random_life_in_other_suites(suite_id: int) -> None:
    life = Life(suite_id, suite_id)
    for _ in range(5):
        life.step()


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 200))
def test_a_long_random_life(seed: int) -> None:
    life = Life(seed, suite_id=1)
    for _ in range(40):
        life.step()


def test_opening_in_any_order_and_after_moving_reads_everything_once() -> None:
    life = Life(1, 1)
    life.add()
    alice, bob = life.members[:2]
    messages = [alice.send(str(number).encode()) for number in range(60)]
    first, rest = messages[:20], messages[20:]
    life.dice.shuffle(first)
    assert sorted(int(bob.read(message)) for message in first) == list(range(20))
    commit = alice.commit(CommitPlan()).message
    for member in life.members[1:]:
        member.open(commit)
    life.dice.shuffle(rest)
    seen = []
    for message in rest:
        opened = open_past(bob.rows, message)
        bob.rows.write(opened.delta)
        seen.append(int(opened.plaintext))
    assert sorted(seen) == list(range(20, 60))
    assert past_epochs(bob.rows) == (1,)
    with pytest.raises(CoterieError):
        open_message(bob.group, bob.rows, messages[0])
