"""Proposals that wait for a commit."""

from coterie.core.kernel.secret import Secret
from coterie.core.mls.framing import member
from coterie.core.mls.limits import MAX_PENDING_PROPOSALS
from coterie.core.mls.pending import find_proposal, find_update_key, keep_proposal, proposals_wait
from coterie.core.mls.proposal import Remove
from coterie.testing.mls_refusals import refused
from coterie.testing.mls_rows import DictRows


def test_what_is_kept_is_found_by_its_reference_and_epoch() -> None:
    rows = DictRows()
    rows.write(keep_proposal(rows, 3, b"ref", member(4), Remove(9)))
    assert find_proposal(rows, 3, b"ref") == (member(4), Remove(9))
    assert find_update_key(rows, 3, b"ref") is None
    assert proposals_wait(rows, 3)
    assert not proposals_wait(rows, 4)


def test_a_reference_that_is_not_here() -> None:
    rows = DictRows()
    rows.write(keep_proposal(rows, 3, b"ref", member(4), Remove(9)))
    for epoch, ref in ((3, b"other"), (4, b"ref")):
        with refused("unknown-proposal"):
            find_proposal(rows, epoch, ref)


def test_the_key_of_our_own_update_waits_with_it() -> None:
    rows = DictRows()
    delta = keep_proposal(rows, 3, b"ref", member(4), Remove(9), Secret(b"private key"))
    assert "private key" not in repr(delta)
    rows.write(delta)
    assert find_update_key(rows, 3, b"ref") == Secret(b"private key")


def test_an_epoch_keeps_so_many_and_no_more() -> None:
    rows = DictRows()
    for number in range(MAX_PENDING_PROPOSALS):
        rows.write(keep_proposal(rows, 3, number.to_bytes(2, "big"), member(4), Remove(number)))
    with refused("too-many-proposals"):
        keep_proposal(rows, 3, b"one more", member(4), Remove(9))
    keep_proposal(rows, 4, b"another epoch", member(4), Remove(9))
