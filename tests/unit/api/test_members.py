"""One member twice in one object is found however it is spelt, and nothing else is."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coterie.api.members import refuse_repeats
from coterie.core.kernel.errors import PeerError

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


def refusal(text: bytes) -> str:
    with pytest.raises(PeerError) as raised:
        refuse_repeats(text)
    assert raised.value.code == "invalid"
    return raised.value.message


@pytest.mark.parametrize(
    "text",
    [
        b'{"a":1,"a":1}',
        b'{"a":1,"b":{"c":[{"d":2,"d":3}]}}',
        b'{ "a" : 1, "a" : 2 }',
        b'{"a":1,"\\u0061":2}',
        b'{"a":1e5,"a":100000.0}',
        b'{"\\"":1,"\\u0022":2}',
        b'{"a":"\\u0022\\u0022","a":"\\u0022\\u0022"}',
        b'{"a":"\\\\","a":"\\\\u0022"}',
        b'{"":1,"":2}',
    ],
)
def test_T075_one_member_twice_in_one_object_is_refused(text: bytes) -> None:
    assert refusal(text) == "an object in it has one member twice"


@pytest.mark.parametrize(
    "text",
    [
        b'[{"a":1},{"a":2}]',
        b'{"a":{"a":{"a":"a"}}}',
        b'{"a":1,"A":2}',
        b'{"text":"\\"a\\":1,\\"a\\":2"}',
        b'{"text":"\\u0022\\\\u0022\\\\\\u0022"}',
        b'{"a\\u0022":1,"\\n":2,"\\t":3}',
        b'{ "a" : 1e5, "b" : "\\/\\u00e9" }',
        b'"a"',
        b"17",
    ],
)
def test_what_only_looks_like_it_is_not(text: bytes) -> None:
    refuse_repeats(text)


@pytest.mark.parametrize("text", [b'{"a":1e999}', b'{"a":"\\ud800"}', b'"\xff"', b"{", b"[" * 100_000 + b"]" * 100_000])
def test_T075_what_cannot_be_read_whole_is_refused(text: bytes) -> None:
    assert refusal(text) == "a text or a number in it cannot be read"


def test_the_outer_object_can_be_looked_at_alone() -> None:
    outer = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
    refuse_repeats(b'{"a":{"b":1,"b":2}}', outer)
    with pytest.raises(PeerError):
        refuse_repeats(b'{"a":{"b":1},"a":2}', outer)


@given(VALUES, st.booleans(), st.sampled_from([None, 1]))
def test_no_json_of_another_writer_is_refused_without_reason(value: Any, ascii: bool, indent: int | None) -> None:
    refuse_repeats(json.dumps(value, ensure_ascii=ascii, indent=indent).encode())


@given(st.dictionaries(st.text(max_size=5), VALUES, min_size=1, max_size=3), st.booleans(), VALUES)
def test_T075_one_that_stands_twice_is_found_between_any_others(fields: dict[str, Any], ascii: bool, more: Any) -> None:
    again = json.dumps(next(iter(fields)), ensure_ascii=not ascii) + ":" + json.dumps(more, ensure_ascii=ascii)
    text = json.dumps(fields, ensure_ascii=ascii)[:-1] + "," + again + "}"
    refusal(b"[" + text.encode() + b"]")
