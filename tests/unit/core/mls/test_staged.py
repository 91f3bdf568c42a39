"""Staged commits: kept, compared, applied later or dropped."""

import pytest

from coterie.core.kernel.errors import PeerError, UserError
from coterie.core.mls.commits import CommitPlan
from coterie.core.mls.open_message import open_message
from coterie.core.mls.proposal import Remove
from coterie.core.mls.propose import propose, propose_update
from coterie.core.mls.staged import StagedCommit
from coterie.testing.mls_party import Party

Trio = tuple[Party, Party, Party]


def test_staging_changes_nothing(trio: Trio) -> None:
    alice = trio[0]
    before = dict(alice.rows.values)
    alice.stage(CommitPlan(removes=(1,)))
    assert alice.rows.values == before


def test_a_staged_commit_goes_to_the_vault_and_back(trio: Trio) -> None:
    alice, bob, _ = trio
    dora = Party("dora").key_package()
    sent = alice.sign(propose(alice.group, alice.rows, Remove(2), entropy=alice.entropy))
    alice.rows.write(sent.delta)
    bob.open(sent.message)
    made = alice.stage(CommitPlan(adds=(dora.message,), references=(sent.ref,)))
    received = open_message(bob.group, bob.rows, made.message)
    assert isinstance(received, StagedCommit)
    for staged, rows in ((made, alice.rows), (received, bob.rows)):
        again = StagedCommit.decode(staged.encode(), rows)
        assert again.encode() == staged.encode()
        assert again.proposals == staged.proposals
        assert again.previous == staged.previous
        assert (again.message, again.welcome) == (staged.message, staged.welcome)
        assert again.reinit is None
        assert (again.committer, again.added, again.removed, again.external) == (0, (2,), (2,), False)
        assert again.group is not None
        assert staged.group is not None
        assert again.group.epoch_authenticator == staged.group.epoch_authenticator
        assert again.epoch == 2
        assert again.renewed == {0, 2}


def test_leaves_that_an_update_renews(trio: Trio) -> None:
    alice, bob, _ = trio
    sent = bob.sign(propose_update(bob.group, bob.rows, entropy=bob.entropy))
    bob.rows.write(sent.delta)
    alice.open(sent.message)
    removal = bob.sign(propose(bob.group, bob.rows, Remove(2), entropy=bob.entropy))
    alice.open(removal.message)
    assert alice.stage(CommitPlan(references=(sent.ref,))).renewed == {0, 1}
    assert alice.stage(CommitPlan(references=(removal.ref,))).renewed == {0}


def test_a_commit_that_removed_us_goes_to_the_vault_and_back(trio: Trio) -> None:
    alice, _, carol = trio
    received = open_message(carol.group, carol.rows, alice.stage(CommitPlan(removes=(2,))).message)
    assert isinstance(received, StagedCommit)
    again = StagedCommit.decode(received.encode(), carol.rows)
    assert again.group is None
    assert again.delta == received.delta


def test_two_rivals_of_ours_never_share_a_key(trio: Trio) -> None:
    alice, bob, _ = trio
    first = alice.stage(CommitPlan())
    alice.rows.write(first.ratchet_delta)
    second = alice.stage(CommitPlan(removes=(2,)))
    alice.rows.write(second.ratchet_delta)
    assert first.ratchet_delta != second.ratchet_delta
    received = open_message(bob.group, bob.rows, second.message)
    assert isinstance(received, StagedCommit)
    bob.rows.write(received.ratchet_delta)
    other = open_message(bob.group, bob.rows, first.message)
    assert isinstance(other, StagedCommit)
    bob.rows.write(received.delta)
    alice.rows.write(second.delta)
    assert alice.group.epoch_authenticator == bob.group.epoch_authenticator


def test_a_staged_commit_of_another_version_or_cut_short(trio: Trio) -> None:
    alice = trio[0]
    encoded = alice.stage(CommitPlan()).encode()
    with pytest.raises(UserError) as caught:
        StagedCommit.decode(b"\x09" + encoded[1:], alice.rows)
    assert caught.value.code == "needs-newer-version"
    with pytest.raises(PeerError):
        StagedCommit.decode(encoded[:-1], alice.rows)


def test_secrets_do_not_show(trio: Trio) -> None:
    staged = trio[0].stage(CommitPlan())
    assert staged.group is not None
    shown = repr(staged)
    for secret in (staged.group.secrets.init, staged.group.secrets.exporter):
        assert secret.hex() not in shown
        assert repr(secret) not in shown
