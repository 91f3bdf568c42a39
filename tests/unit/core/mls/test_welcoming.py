"""Making Welcomes."""

import pytest

from coterie.core.mls.commits import CommitPlan, stage_commit
from coterie.core.mls.mls_message import parse_message
from coterie.core.mls.welcome import Welcome
from coterie.testing.mls_party import NOW, Party
from coterie.testing.mls_refusals import refused

Pair = tuple[Party, Party]


@pytest.mark.parametrize("force_path", [False, True])
def test_one_welcome_for_all_newcomers(pair: Pair, force_path: bool) -> None:
    alice, bob = pair
    newcomers = [Party(f"newcomer {number}") for number in range(4)]
    packages = [party.key_package() for party in newcomers]
    plan = CommitPlan(adds=tuple(p.message for p in packages), force_path=force_path)
    staged = alice.commit(plan)
    bob.open(staged.message)
    parsed = parse_message(staged.welcome or b"")
    assert isinstance(parsed, Welcome)
    assert [entry.new_member for entry in parsed.secrets] == [p.ref for p in packages]
    for party, package in zip(newcomers, packages, strict=True):
        party.join(staged.welcome, package)
        assert party.group.epoch_authenticator == alice.group.epoch_authenticator
    commit = newcomers[3].commit(CommitPlan()).message
    for party in (alice, bob, *newcomers[:3]):
        party.open(commit)
        assert party.group.epoch_authenticator == newcomers[3].group.epoch_authenticator


def test_a_welcome_may_leave_the_tree_to_another_way(pair: Pair) -> None:
    alice, dora = pair[0], Party("dora")
    package = dora.key_package()
    plan = CommitPlan(adds=(package.message,))
    work = stage_commit(alice.group, alice.rows, plan, now=NOW, entropy=alice.entropy, tree_in_welcome=False)
    staged = alice.sign(work)
    assert staged.group is not None
    with refused("welcome-tree-missing"):
        dora.join(staged.welcome, package)
    dora.join(staged.welcome, package, staged.group.tree.encode())
    assert dora.group.epoch_authenticator == staged.group.epoch_authenticator


def test_no_newcomer_no_welcome(pair: Pair) -> None:
    assert pair[0].stage(CommitPlan()).welcome is None
