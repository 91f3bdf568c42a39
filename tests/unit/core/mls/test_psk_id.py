"""Names of pre-shared keys."""

import pytest

from coterie.core.codec.tls import parse
from coterie.core.kernel.errors import PeerError
from coterie.core.mls.psk_id import PreSharedKeyId, external_psk, read_psk_id, resumption_psk

NONCE = bytes(32)


@pytest.mark.parametrize("psk", [external_psk(b"id", NONCE), resumption_psk(b"group", 7, NONCE)])
def test_names_come_back(psk: PreSharedKeyId) -> None:
    assert parse(read_psk_id, psk.encode()) == psk


def test_T014_a_name_of_an_unknown_type_that_reads_like_a_known_one() -> None:
    for psk in (external_psk(b"id", NONCE), resumption_psk(b"group", 7, NONCE)):
        for kind in (0, 3):
            with pytest.raises(PeerError) as caught:
                parse(read_psk_id, bytes([kind]) + psk.encode()[1:])
            assert caught.value.code == "malformed"


def test_names_in_bytes() -> None:
    assert external_psk(b"id", b"n").encode().hex() == "01" + "02" + b"id".hex() + "01" + b"n".hex()
    assert resumption_psk(b"g", 7, b"n").encode().hex() == "02" + "01" + "01" + b"g".hex() + "00" * 7 + "07" + "016e"


@pytest.mark.parametrize("wrong", [b"\x03\x00\x00", b"\x02\x04\x00" + bytes(8) + b"\x00", b"\x01\x00", b""])
def test_unknown_types_and_usages_are_malformed(wrong: bytes) -> None:
    with pytest.raises(PeerError) as caught:
        parse(read_psk_id, wrong)
    assert caught.value.code == "malformed"
