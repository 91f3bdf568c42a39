import pytest

from coterie.adapters.peerlink.hints import encode_hint
from coterie.adapters.peerlink.listen import (
    MAX_OFFERED,
    Listen,
    bind_address,
    offered_hints,
    parse_listen,
    port_candidates,
    with_relay,
)
from coterie.core.kernel.errors import UserError
from coterie.core.wire.hints import relay_hint


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("127.0.0.1", Listen("127.0.0.1")),
        ("127.0.0.1:4711", Listen("127.0.0.1", 4711)),
        ("0.0.0.0:4711", Listen("", 4711)),
        ("::1", Listen("::1")),
        ("[::1]", Listen("::1")),
        ("[::1]:4711", Listen("::1", 4711)),
        ("[::]:4711", Listen("", 4711)),
        ("127.0.0.1:0", Listen("127.0.0.1", 0)),
    ],
)
def test_what_listen_takes(text: str, expected: Listen) -> None:
    assert parse_listen(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "localhost",
        "127.0.0.1:",
        "127.0.0.1:x",
        "127.0.0.1:70000",
        "127.0.0.1:-1",
        ":4711",
        "[::1",
        "[::1]x",
        "1.2.3",
        "[::1]:",
        "127.0.0.1:٣",
        "fe80::1%eth0",
        "127.0.0.1:1:2",
        "224.0.0.1",
        "[ff02::1]:5",
        "255.255.255.255",
    ],
)
def test_what_listen_refuses(text: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_listen(text)
    assert caught.value.code == "bad-listen-address"


def test_the_port_used_before_comes_first_and_any_last() -> None:
    assert port_candidates(Listen(), 0) == (0,)
    assert port_candidates(Listen(), 5000) == (5000, 0)
    assert port_candidates(Listen("", 4711), 0) == (*range(4711, 4727), 0)
    assert port_candidates(Listen("", 4711), 4713)[:4] == (4713, 4711, 4712, 4714)
    assert port_candidates(Listen("", 4711), 5000)[0] == 4711
    assert port_candidates(Listen("", 65535), 0) == (65535, 0)


def test_what_is_bound() -> None:
    assert bind_address(Listen(), 5) == "0.0.0.0:5"
    assert bind_address(Listen("::1"), 5) == "[::1]:5"


def test_only_the_chosen_address_is_offered() -> None:
    known = ["127.0.0.1:5", "[::1]:6", "192.0.2.7:5"]
    assert offered_hints(Listen("127.0.0.1"), known) == (encode_hint("127.0.0.1", 5),)
    assert offered_hints(Listen("198.51.100.1"), known) == ()


def test_loopback_is_offered_only_when_there_is_nothing_else() -> None:
    assert offered_hints(Listen(), ["127.0.0.1:5", "192.0.2.7:5", "[fe80::1%eth0]:6"]) == (encode_hint("192.0.2.7", 5),)
    assert offered_hints(Listen(), ["127.0.0.1:5"]) == (encode_hint("127.0.0.1", 5),)


def test_the_relay_that_was_named_is_offered_first() -> None:
    at_relay = with_relay(Listen("127.0.0.1"), "https://relay.example")
    assert at_relay == Listen("127.0.0.1", 0, "https://relay.example/")
    relay = relay_hint("https://relay.example/")
    assert offered_hints(at_relay, ["127.0.0.1:5"]) == (relay, encode_hint("127.0.0.1", 5))
    assert offered_hints(at_relay, []) == (relay,)


def test_what_is_no_relay_is_refused() -> None:
    with pytest.raises(UserError) as caught:
        with_relay(Listen(), "relay.example")
    assert caught.value.code == "bad-relay"


def test_the_number_of_hints_is_bounded() -> None:
    known = [f"192.0.2.{number}:5" for number in range(1, 40)]
    assert len(offered_hints(Listen(), known)) == MAX_OFFERED
