import pytest

from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.limits import RELAY_URL_SIZE
from coterie.core.wire.hints import addresses_of, canonical_relay, checked_relay, relay_hint, relay_of, split_hints

FOUR = bytes([4, 10, 0, 0, 1, 0, 80])
SIX = bytes([6]) + bytes(16) + b"\x00\x50"
URL = "https://relay.example/"
RELAY = relay_hint(URL)


def test_hints_are_split_by_their_types() -> None:
    assert split_hints(FOUR + RELAY + SIX + FOUR) == (FOUR, RELAY, SIX, FOUR)
    assert split_hints(b"") == ()


@pytest.mark.parametrize(
    "data",
    [b"\x05" + bytes(6), FOUR[:-1], SIX + b"\x04", b"\x00", RELAY[:-1], b"\x01\x00", b"\x01", b"\x01\x05nourl"],
)
def test_T004_bad_hints_are_malformed(data: bytes) -> None:
    with pytest.raises(PeerError) as caught:
        split_hints(data)
    assert caught.value.code == "malformed"


def test_a_relay_stands_among_addresses() -> None:
    other = relay_hint("http://other.example/")
    assert relay_of((FOUR, RELAY, SIX, other)) == URL
    assert addresses_of((FOUR, RELAY, SIX, other)) == (FOUR, SIX)
    assert relay_of((FOUR, b"")) == ""


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://relay.example", URL),
        ("HTTPS://Relay.Example:0443/", URL),
        ("https://relay.example:8443", "https://relay.example:8443/"),
        ("http://192.0.2.7", "http://192.0.2.7/"),
        ("http://[2001:DB8::1]:80/", "http://[2001:db8::1]/"),
        ("http://relay.example:443/", "http://relay.example:443/"),
    ],
)
def test_one_relay_has_one_form(text: str, url: str) -> None:
    assert canonical_relay(text) == url
    assert canonical_relay(url) == url
    assert checked_relay(url.encode()) == url


@pytest.mark.parametrize(
    "text",
    [
        "",
        "relay.example",
        "https://",
        "ftp://relay.example/",
        "https://relay.example/path",
        "https://relay.example/?q",
        "https://me@relay.example/",
        "https://relay.example:0/",
        "https://relay.example:65536/",
        "https://relay.example\n",
        "https://relay.exa mple/",
        "https://r\u00e9lay.example/",
        "https://" + "a" * RELAY_URL_SIZE,
    ],
)
def test_what_is_no_relay(text: str) -> None:
    assert canonical_relay(text) is None


@pytest.mark.parametrize("url", [b"https://relay.example", b"HTTPS://relay.example/", b"", b"\xff"])
def test_others_write_the_one_form_or_are_refused(url: bytes) -> None:
    with pytest.raises(PeerError) as caught:
        checked_relay(url)
    assert caught.value.code == "malformed"


def test_the_longest_url_fits_its_length() -> None:
    longest = "https://" + "a" * (RELAY_URL_SIZE - 9) + "/"
    assert split_hints(relay_hint(longest)) == (relay_hint(longest),)
