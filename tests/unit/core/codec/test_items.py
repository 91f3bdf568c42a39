import pytest
from hypothesis import given
from hypothesis import strategies as st

from coterie.core.codec.items import (
    MAX_ITEMS,
    Item,
    read_items,
    refuse_unknown_critical,
    write_items,
)
from coterie.core.codec.tls import Writer, parse
from coterie.core.kernel.errors import PeerError


def encoded(*items: Item) -> bytes:
    out = Writer()
    write_items(out, items)
    return out.bytes()


def test_the_bytes_of_an_item_list() -> None:
    data = encoded(Item(1, False, b"ab"), Item(0x0203, True, b""))
    assert data.hex() == "0a" + "0001" + "00" + "026162" + "0203" + "01" + "00"


@given(st.dictionaries(st.integers(0, 0xFFFF), st.tuples(st.booleans(), st.binary(max_size=80)), max_size=MAX_ITEMS))
def test_items_round_trip(content: dict[int, tuple[bool, bytes]]) -> None:
    items = tuple(Item(number, *content[number]) for number in sorted(content))
    data = encoded(*items)
    assert parse(read_items, data) == items
    for size in range(len(data)):
        with pytest.raises(PeerError):
            parse(read_items, data[:size])


def test_T006_items_come_once_and_in_order() -> None:
    for wrong in ((Item(2, False, b""), Item(1, False, b"")), (Item(1, False, b"a"), Item(1, False, b"b"))):
        with pytest.raises(PeerError) as caught:
            parse(read_items, encoded(*wrong))
        assert caught.value.code == "malformed"


def test_T004_more_items_than_the_limit_are_refused() -> None:
    with pytest.raises(PeerError) as caught:
        parse(read_items, encoded(*(Item(n, False, b"") for n in range(MAX_ITEMS + 1))))
    assert caught.value.code == "too-large"


def test_T014_unknown_critical_items_are_refused_by_name_and_others_kept() -> None:
    items = (Item(1, True, b""), Item(2, False, b"x"), Item(77, True, b""))
    refuse_unknown_critical(items[:2], frozenset({1}))
    with pytest.raises(PeerError) as caught:
        refuse_unknown_critical(items, frozenset({1}))
    assert caught.value.code == "needs-newer-version"
    assert "77" in caught.value.message
