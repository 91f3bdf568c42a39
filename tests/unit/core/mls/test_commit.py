"""Commit: encoding."""

import pytest

from coterie.core.kernel.errors import PeerError
from coterie.core.mls.commit import Commit, parse_commit
from coterie.core.mls.key_packages import parse_key_package
from coterie.core.mls.proposal import Reference, Remove
from coterie.core.mls.update_path import UpdatePath
from coterie.testing.mls_party import Party


def test_commits_come_back() -> None:
    leaf = parse_key_package(Party("dora").key_package().message).leaf
    for commit in (Commit(()), Commit((Remove(1), Reference(b"ref")), UpdatePath(leaf, ()))):
        assert parse_commit(commit.encode()) == commit


def test_an_empty_commit_in_bytes() -> None:
    assert Commit(()).encode() == b"\x00\x00"


@pytest.mark.parametrize("wrong", [b"", b"\x00", b"\x00\x02", b"\x00\x00\x00", b"\x01\x01\x00"])
def test_other_bytes_are_malformed(wrong: bytes) -> None:
    with pytest.raises(PeerError) as caught:
        parse_commit(wrong)
    assert caught.value.code == "malformed"
