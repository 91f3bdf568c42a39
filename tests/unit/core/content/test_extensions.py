from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coterie.core.content import extensions
from coterie.core.content.extensions import MAX_ORDER, Mandatory
from coterie.core.content.mimi import MimiContent, encode_content, parse_content
from coterie.core.content.parts import NullPart
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import ConversationId, PersonId
from coterie.core.kernel.world import Instant

PERSON = PersonId(bytes(range(32)))
ROOM = ConversationId(bytes(range(32, 64)))
MANDATORY = Mandatory(PERSON, ROOM, Instant(1_790_000_000_123), 1_790_000_000_124)


def content_with(**changes: Any) -> MimiContent:
    numbers = {"sender": 1, "room": 2, "stamp": 3, "order": -1}
    values: dict[int | str, Any] = {**extensions.build(MANDATORY)}
    for name, value in changes.items():
        values[numbers[name]] = value
    return MimiContent(bytes(16), {key: value for key, value in values.items() if value is not ...}, NullPart())


def test_the_four_extensions_in_bytes() -> None:
    built = extensions.build(MANDATORY)
    assert built == {
        1: "coterie:p/aaaqeayeaudaocajbifqydiob4ibceqtcqkrmfyydenbwha5dypq",
        2: "coterie:c/eaqseizeeutcokbjfivsyljof4ydcmrtgq2tmnzyhe5dwpb5hy7q",
        3: {1: 1_790_000_000, -3: 123},
        -1: 1_790_000_000_124,
    }
    assert extensions.read(content_with()) == MANDATORY


@given(
    st.binary(min_size=32, max_size=32),
    st.binary(min_size=32, max_size=32),
    st.integers(0, MAX_ORDER),
    st.integers(0, MAX_ORDER),
)
def test_they_survive_a_message(person: bytes, room: bytes, sent_at: int, order: int) -> None:
    mandatory = Mandatory(PersonId(person), ConversationId(room), Instant(sent_at), order)
    content = MimiContent(bytes(16), extensions.build(mandatory), NullPart())
    assert extensions.read(parse_content(encode_content(content))) == mandatory


@pytest.mark.parametrize(
    "changes",
    [
        {"sender": ...},
        {"room": ...},
        {"stamp": ...},
        {"order": ...},
        {"sender": b"x"},
        {"sender": "coterie:c/aaaqeayeaudaocajbifqydiob4ibceqtcqkrmfyydenbwha5dypq"},
        {"sender": "coterie:p/AAAQEAYEAUDAOCAJBIFQYDIOB4IBCEQTCQKRMFYYDENBWHA5DYPQ"},
        {"sender": "coterie:p/aaaqeayeaudaocajbifqydiob4ibceqtcqkrmfyydenbwha5dypr"},  # spare bits set
        {"sender": "coterie:p/aaaq"},
        {"sender": "coterie:p/"},
        {"sender": "coterie:p/ü"},
        {"room": "mimi://example.com/r/engineering"},
        {"stamp": 1},
        {"stamp": {}},
        {"stamp": {-3: 1}},
        {"stamp": {1: -1}},
        {"stamp": {1: True}},
        {"stamp": {1: 1 << 60}},
        {"stamp": {1: 1, -3: 1000}},
        {"stamp": {1: 1, -4: 1}},
        {"stamp": {1: 1, "x": 1}},
        {"stamp": {1: 1, -3: 1, -6: 1}},
        {"order": -1},
        {"order": True},
        {"order": 1.5},
        {"order": "1"},
    ],
    ids=str,
)
def test_missing_or_wrong_ones_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(PeerError) as caught:
        extensions.read(content_with(**changes))
    assert caught.value.code == "malformed"


def test_an_order_beyond_every_clock_is_refused() -> None:
    assert extensions.read(content_with(order=MAX_ORDER)).order == MAX_ORDER
    with pytest.raises(PeerError) as caught:
        extensions.read(content_with(order=MAX_ORDER + 1))
    assert caught.value.code == "order-out-of-range"


@pytest.mark.parametrize(
    ("stamp", "sent_at"),
    [({1: 5}, 5000), ({1: 5, -3: 7}, 5007), ({1: 5, -6: 7999}, 5007), ({1: 5, -9: 7_999_999}, 5007)],
)
def test_other_precisions_of_a_timestamp(stamp: Any, sent_at: int) -> None:
    assert extensions.read(content_with(stamp=stamp)).sent_at == sent_at


def test_T023_content_must_name_whom_mls_authenticated() -> None:
    extensions.check_authenticated(MANDATORY, PERSON, ROOM)
    other = PersonId(bytes(32))
    for person, room in ((other, ROOM), (PERSON, ConversationId(other))):
        with pytest.raises(PeerError) as caught:
            extensions.check_authenticated(MANDATORY, person, room)
        assert caught.value.code == "sender-mismatch"


def test_what_we_could_not_send_is_our_bug() -> None:
    for wrong in (
        Mandatory(PERSON, ROOM, Instant(0), MAX_ORDER + 1),
        Mandatory(PERSON, ROOM, Instant(0), -1),
        Mandatory(PERSON, ROOM, Instant(-1), 0),
    ):
        with pytest.raises(ValueError, match="range"):
            extensions.build(wrong)
