import pytest
from hypothesis import given
from hypothesis import strategies as st

from coterie.adapters.peerlink.hints import encode_hint, from_socket_address, parse_hint, to_socket_address
from coterie.core.kernel.errors import PeerError


def test_bytes_of_a_hint() -> None:
    assert encode_hint("192.0.2.1", 4711) == bytes.fromhex("04 c0000201 1267")
    assert encode_hint("2001:db8::1", 1) == bytes.fromhex("06 20010db8000000000000000000000001 0001")


@given(st.ip_addresses(), st.integers(1, 0xFFFF))
def test_hints_round_trip_or_are_unusable(address: object, port: int) -> None:
    hint = encode_hint(str(address), port)
    try:
        assert parse_hint(hint) == (str(address), port)
    except PeerError as error:
        assert error.code == "unusable-hint"


@given(st.binary(max_size=24))
def test_T003_any_bytes_are_a_hint_or_a_peer_error(data: bytes) -> None:
    try:
        host, port = parse_hint(data)
    except PeerError as error:
        assert error.code in ("malformed", "unusable-hint")
    else:
        assert encode_hint(host, port) == data


@pytest.mark.parametrize("cut", range(1, 7))
def test_T001_T002_cut_and_longer_hints(cut: int) -> None:
    whole = encode_hint("192.0.2.1", 4711)
    for data in (whole[:-cut], whole + bytes(cut)):
        with pytest.raises(PeerError) as caught:
            parse_hint(data)
        assert caught.value.code == "malformed"


@pytest.mark.parametrize(
    ("host", "port"),
    [("192.0.2.1", 0), ("0.0.0.0", 5), ("255.255.255.255", 5), ("224.0.0.1", 5), ("ff02::1", 5), ("::", 5)],
)
def test_what_no_device_can_have_is_not_dialled(host: str, port: int) -> None:
    with pytest.raises(PeerError) as caught:
        parse_hint(encode_hint(host, port))
    assert caught.value.code == "unusable-hint"


def test_socket_addresses() -> None:
    assert to_socket_address("192.0.2.1", 5) == "192.0.2.1:5"
    assert to_socket_address("::1", 5) == "[::1]:5"
    assert from_socket_address("192.0.2.1:5") == ("192.0.2.1", 5)
    assert from_socket_address("[fe80::1%eth0]:5") == ("fe80::1", 5)
