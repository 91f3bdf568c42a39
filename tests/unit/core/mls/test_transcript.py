"""Transcript hashes (official values: tests/vectors)."""

from dataclasses import replace

from coterie.core.crypto.suites import suite
from coterie.core.mls.commit import Commit
from coterie.core.mls.framing import FramedContent, member
from coterie.core.mls.registry import CONTENT_COMMIT
from coterie.core.mls.transcript import confirmed_hash, interim_hash

SUITE = suite(1)
CONTENT = FramedContent(b"group", 7, member(3), b"", CONTENT_COMMIT, Commit(()).encode())


def test_everything_that_was_sent_counts() -> None:
    hashes = {
        confirmed_hash(SUITE, b"before", 1, CONTENT, b"signature"),
        confirmed_hash(SUITE, b"else", 1, CONTENT, b"signature"),
        confirmed_hash(SUITE, b"before", 2, CONTENT, b"signature"),
        confirmed_hash(SUITE, b"before", 1, replace(CONTENT, authenticated_data=b"x"), b"signature"),
        confirmed_hash(SUITE, b"before", 1, CONTENT, b"other"),
    }
    assert len(hashes) == 5


def test_the_tag_goes_into_the_interim_hash() -> None:
    assert interim_hash(SUITE, b"confirmed", b"tag") != interim_hash(SUITE, b"confirmed", b"other")
    assert interim_hash(SUITE, b"", b"tag") != interim_hash(SUITE, b"\x03", b"tag")
