"""GroupContext: encoding."""

from dataclasses import replace

import pytest

from coterie.core.kernel.errors import PeerError
from coterie.core.mls.extension import Extension
from coterie.core.mls.group_context import GroupContext, parse_group_context

CONTEXT = GroupContext(0xF602, b"group", 7, b"tree", b"transcript", (Extension(0xF0C0, b"x"),))


def test_contexts_come_back() -> None:
    assert parse_group_context(CONTEXT.encode()) == CONTEXT


def test_a_context_in_bytes() -> None:
    bare = replace(CONTEXT, extensions=())
    expected = "0001" + "f602" + "05" + b"group".hex() + "00" * 7 + "07" + "04" + b"tree".hex()
    assert bare.encode().hex() == expected + "0a" + b"transcript".hex() + "00"


def test_every_field_counts() -> None:
    others = [
        replace(CONTEXT, suite_id=1),
        replace(CONTEXT, group_id=b"other"),
        replace(CONTEXT, epoch=8),
        replace(CONTEXT, tree_hash=b""),
        replace(CONTEXT, confirmed_transcript_hash=b""),
        replace(CONTEXT, extensions=()),
    ]
    assert len({context.encode() for context in (CONTEXT, *others)}) == 7


def test_another_version_cut_or_longer_is_malformed() -> None:
    encoded = CONTEXT.encode()
    for wrong in (b"\x00\x02" + encoded[2:], encoded[:-1], encoded + b"\x00"):
        with pytest.raises(PeerError) as caught:
            parse_group_context(wrong)
        assert caught.value.code == "malformed"
