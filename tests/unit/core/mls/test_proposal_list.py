"""The rules for a list of proposals that need no tree; those of a commit in whole: test_receive_commit.py."""

from coterie.core.crypto.suites import suite
from coterie.core.mls.framing import Sender, member
from coterie.core.mls.pending import keep_proposal
from coterie.core.mls.proposal import (
    ExternalInit,
    GroupContextExtensions,
    PreSharedKey,
    Proposal,
    Reference,
    ReInit,
    Remove,
    Update,
)
from coterie.core.mls.proposal_list import (
    Listed,
    needs_path,
    resolve,
    verify_external_list,
    verify_member_list,
)
from coterie.core.mls.psk_id import PreSharedKeyId, external_psk, resumption_psk
from coterie.core.mls.registry import PSK_RESUMPTION, SENDER_EXTERNAL, SENDER_NEW_MEMBER_COMMIT, USAGE_BRANCH
from coterie.testing.mls_party import Party
from coterie.testing.mls_refusals import refused
from coterie.testing.mls_rows import DictRows

SUITE = suite(1)
PSK = PreSharedKey(external_psk(b"id", bytes(32)))


def listed(*proposals: Proposal, sender: Sender | None = None) -> tuple[Listed, ...]:
    return tuple(Listed(p, sender or member(0)) for p in proposals)


def an_update() -> Update:
    party = Party("alice")
    party.create()
    return Update(party.group.members()[0][1])


def test_values_are_the_committers_and_references_are_looked_up() -> None:
    rows = DictRows()
    rows.write(keep_proposal(rows, 1, b"ref", member(5), Remove(2)))
    found = resolve(rows, 1, (Remove(3), Reference(b"ref")), member(7))
    assert found == (Listed(Remove(3), member(7)), Listed(Remove(2), member(5), b"ref"))


def test_which_lists_need_a_path() -> None:
    assert needs_path(())
    assert needs_path(listed(Remove(1), PSK))
    assert needs_path(listed(GroupContextExtensions(())))
    assert not needs_path(listed(PSK))
    assert not needs_path(listed(ReInit(b"", 1, 1, ())))


def test_honest_lists_pass() -> None:
    verify_member_list(SUITE, (), 0)
    verify_member_list(SUITE, listed(Remove(1), Remove(2), PSK, GroupContextExtensions(())), 0)
    verify_member_list(SUITE, listed(PreSharedKey(resumption_psk(b"group", 1, bytes(32)))), 0)
    verify_member_list(SUITE, (Listed(an_update(), member(4), b"ref"),), 0)
    newcomer = Sender(SENDER_NEW_MEMBER_COMMIT)
    verify_external_list(SUITE, listed(ExternalInit(b"x"), Remove(1), PSK, sender=newcomer))


def test_T020_an_external_commit_names_its_keys_as_any_commit_must() -> None:
    newcomer, init = Sender(SENDER_NEW_MEMBER_COMMIT), ExternalInit(b"x")
    with refused("psk-twice"):
        verify_external_list(SUITE, listed(init, PSK, PSK, sender=newcomer))
    with refused("psk-nonce"):
        short = PreSharedKey(external_psk(b"id", bytes(31)))
        verify_external_list(SUITE, listed(init, short, sender=newcomer))
    with refused("psk-usage"):
        branch = PreSharedKey(PreSharedKeyId(PSK_RESUMPTION, bytes(32), b"", USAGE_BRANCH, b"group", 0))
        verify_external_list(SUITE, listed(init, branch, sender=newcomer))


def test_T020_an_external_commit_removes_one_leaf_at_most() -> None:
    with refused("external-remove-other"):
        newcomer = Sender(SENDER_NEW_MEMBER_COMMIT)
        verify_external_list(SUITE, listed(ExternalInit(b"x"), Remove(1), Remove(2), sender=newcomer))


def test_an_update_and_a_removal_of_one_leaf() -> None:
    update = Listed(an_update(), member(4), b"ref")
    with refused("leaf-changed-twice"):
        verify_member_list(SUITE, (update, *listed(Remove(4))), 0)


def test_an_update_from_outside() -> None:
    with refused("update-sender"):
        verify_member_list(SUITE, listed(an_update(), sender=Sender(SENDER_EXTERNAL, 0)), 0)


def test_the_committer_changes_itself_by_its_path_only() -> None:
    with refused("update-by-committer"):
        verify_member_list(SUITE, listed(an_update(), sender=member(3)), 3)
    with refused("remove-committer"):
        verify_member_list(SUITE, (Listed(Remove(3), member(1), b"ref"),), 3)
