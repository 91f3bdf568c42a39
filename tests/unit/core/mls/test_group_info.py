"""GroupInfo: encoding and what is signed."""

import pytest

from coterie.core.crypto.signature import verify_with_label
from coterie.core.kernel.errors import PeerError
from coterie.core.mls.extension import Extension
from coterie.core.mls.group_context import GroupContext
from coterie.core.mls.group_info import GroupInfo, parse_group_info, sign_group_info
from coterie.testing.mls_party import Party

INFO = GroupInfo(GroupContext(1, b"group", 7, b"tree", b"hash"), (Extension(2, b"tree"),), b"tag", 3)


def test_signing_covers_everything_but_the_signature() -> None:
    party = Party("alice")
    signed = party.sign(sign_group_info(INFO))
    assert signed.encode().startswith(INFO.to_be_signed())
    verify_with_label(party.suite, party.signer.public_key, "GroupInfoTBS", INFO.to_be_signed(), signed.signature)
    assert parse_group_info(signed.encode()) == signed


def test_truncations_and_tails_are_refused() -> None:
    encoded = INFO.encode()
    for wrong in (*(encoded[:size] for size in range(len(encoded))), encoded + b"\x00"):
        with pytest.raises(PeerError):
            parse_group_info(wrong)
