from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coterie.core.codec import cbor
from coterie.core.content.mimi import (
    MAX_TOPIC,
    Expiration,
    MimiContent,
    check_expiration,
    check_message_id,
    encode_content,
    parse_content,
)
from coterie.core.content.parts import (
    MAX_LEVELS,
    MAX_PARTS,
    ExternalPart,
    MultiPart,
    NullPart,
    Part,
    Semantics,
    SinglePart,
)
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.world import Instant

SALT = bytes(16)
ID = b"\x01" + bytes(31)
PART: list[cbor.Value] = [1, "", 1, "text/plain", b"hello"]


def message(**changes: Any) -> bytes:
    fields: dict[str, Any] = {
        "salt": SALT,
        "replaces": None,
        "topic": b"",
        "expires": None,
        "reply": None,
        "extensions": {},
        "part": PART,
    }
    return cbor.encode(list({**fields, **changes}.values()))


def refused(data: bytes, code: str = "malformed") -> None:
    with pytest.raises(PeerError) as caught:
        parse_content(data)
    assert caught.value.code == code


def test_the_smallest_message() -> None:
    content = parse_content(message())
    assert content == MimiContent(SALT, {}, SinglePart("text/plain", b"hello"))
    assert encode_content(content) == message()


@pytest.mark.parametrize(
    "changes",
    [
        {"salt": bytes(15)},
        {"salt": "0123456789abcdef"},
        {"replaces": bytes(32)},  # a hash that we do not know
        {"replaces": ID[:-1]},
        {"replaces": ""},
        {"reply": b"\x02" + bytes(31)},
        {"topic": ""},
        {"expires": [True]},
        {"expires": [1, 1]},
        {"expires": [True, -1]},
        {"expires": [True, True]},
        {"expires": [False, 1 << 32]},
        {"extensions": []},
        {"extensions": {b"x": 1}},
        {"extensions": {1 << 53: 1}},
        {"extensions": {-(1 << 53): 1}},
        {"extensions": {"": 1}},
        {"extensions": {"x" * 256: 1}},
        {"part": []},
        {"part": [1, "", 4]},
        {"part": [256, "", 0]},
        {"part": [-1, "", 0]},
        {"part": [True, "", 0]},
        {"part": [1, b"", 0]},
        {"part": [1, "", False]},
        {"part": [1, "", 0, 0]},
        {"part": [1, "", 1, "text/plain"]},
        {"part": [1, "", 1, "text/plain", "not bytes"]},
        {"part": [1, "", 1, b"text/plain", b""]},
        {"part": [1, "", 3, 3, [PART, PART]]},  # unknown semantics
        {"part": [1, "", 3, 0, [PART]]},
        {"part": [1, "", 3, 0, PART[0]]},
    ],
    ids=str,
)
def test_what_the_draft_does_not_allow_is_refused(changes: dict[str, Any]) -> None:
    refused(message(**changes))


def test_not_seven_fields() -> None:
    refused(cbor.encode([SALT, None, b"", None, None, {}]))
    refused(cbor.encode([SALT, None, b"", None, None, {}, PART, None]))
    refused(cbor.encode({}))


EXTERNAL: list[Any] = [6, "en", 2, "video/mp4", "https://h/", 0, 0, 1, b"", b"", b"", 1, b"", "", ""]


@pytest.mark.parametrize(
    ("field", "value"),
    [(3, b""), (5, 1 << 32), (5, -1), (5, True), (6, -1), (7, 1 << 16), (8, ""), (11, 256), (14, b"")],
)
def test_fields_of_an_external_part(field: int, value: Any) -> None:
    assert isinstance(parse_content(message(part=EXTERNAL)).part, ExternalPart)
    refused(message(part=[*EXTERNAL[:field], value, *EXTERNAL[field + 1 :]]))
    refused(message(part=EXTERNAL[:-1]))


def nested(levels: int) -> list[Any]:
    part: list[Any] = PART
    for _ in range(levels - 1):
        part = [1, "", 3, 0, [part, PART]]
    return part


def test_T007_parts_topics_and_extensions_have_limits() -> None:
    parse_content(message(part=nested(MAX_LEVELS)))
    refused(message(part=nested(MAX_LEVELS + 1)), "too-large")
    parse_content(message(part=[1, "", 3, 2, [PART] * (MAX_PARTS - 1)]))
    refused(message(part=[1, "", 3, 2, [PART] * MAX_PARTS]), "too-large")
    parse_content(message(topic=bytes(MAX_TOPIC)))
    refused(message(topic=bytes(MAX_TOPIC + 1)), "too-large")
    parse_content(message(extensions={-2: [[[[1]]]]}))
    refused(message(extensions={-2: [[[[[1]]]]]}), "too-large")
    refused(message(extensions={-2: {1: {1: {1: cbor.Tag(1, [])}}}}), "too-large")
    refused(message()[: -len(cbor.encode(PART))] + b"\x81" * 10_000, "too-large")


def test_T014_unknown_extensions_and_dispositions_are_kept() -> None:
    data = message(extensions={200: "x", -77: [1, 2], "vendor": {"a": True}}, part=[99, "", 0])
    content = parse_content(data)
    assert content.extensions == {200: "x", -77: [1, 2], "vendor": {"a": True}}
    assert content.part.disposition == 99
    assert encode_content(content) == data


def test_message_ids_have_one_known_form() -> None:
    assert check_message_id(ID) == ID
    for wrong in (b"", ID + b"\x00", b"\x00" + ID[1:]):
        with pytest.raises(PeerError):
            check_message_id(wrong)


@pytest.mark.parametrize(
    ("expires", "good"),
    [
        (None, True),
        (Expiration(True, 3600), True),
        (Expiration(True, 367 * 86_400), False),
        (Expiration(False, 1_790_000_000 + 60), True),
        (Expiration(False, 1_790_000_000 - 60), True),
        (Expiration(False, 1_790_000_000 + 367 * 86_400), False),
        (Expiration(False, 1_790_000_000 - 367 * 86_400), False),
        (Expiration(False, 0), False),
    ],
)
def test_an_expiration_is_at_most_a_year_away(expires: Expiration | None, good: bool) -> None:
    content = MimiContent(SALT, {}, NullPart(), expires=expires)
    now = Instant(1_790_000_000_000)
    if good:
        check_expiration(content, now)
        return
    with pytest.raises(PeerError) as caught:
        check_expiration(content, now)
    assert caught.value.code == "bad-expiration"


def test_content_does_not_show_in_a_repr() -> None:
    content = parse_content(message())
    assert "hello" not in repr(content)
    assert "hello" not in repr(content.part)


text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
dispositions = st.integers(0, 255)
leaves: st.SearchStrategy[Part] = st.one_of(
    st.builds(NullPart, dispositions, text),
    st.builds(SinglePart, text, st.binary(max_size=40), dispositions, text),
    st.builds(
        ExternalPart,
        text,
        text,
        st.integers(0, (1 << 32) - 1),
        st.integers(0, (1 << 64) - 1),
        st.integers(0, (1 << 16) - 1),
        st.binary(max_size=32),
        st.binary(max_size=12),
        st.binary(max_size=8),
        st.integers(0, 255),
        st.binary(max_size=32),
        text,
        text,
        dispositions,
        text,
    ),
)


def multi(inner: st.SearchStrategy[Part]) -> st.SearchStrategy[Part]:
    parts = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.builds(MultiPart, st.sampled_from(Semantics), parts, dispositions, text)


ids = st.binary(min_size=31, max_size=31).map(lambda tail: b"\x01" + tail)
contents = st.builds(
    MimiContent,
    st.binary(min_size=16, max_size=16),
    st.dictionaries(
        st.integers(-(1 << 53) + 1, (1 << 53) - 1) | text.filter(bool),
        st.none() | st.booleans() | st.integers(0, 1 << 63) | text | st.binary(max_size=9),
        max_size=5,
    ),
    leaves | multi(leaves | multi(leaves)),
    st.none() | ids,
    st.binary(max_size=20),
    st.none() | st.builds(Expiration, st.booleans(), st.integers(0, (1 << 32) - 1)),
    st.none() | ids,
)


@given(contents)
def test_round_trip(content: MimiContent) -> None:
    data = encode_content(content)
    assert parse_content(data) == content
    assert encode_content(parse_content(data)) == data


@given(st.binary(max_size=80))
def test_whatever_arrives_only_a_peer_error_comes_out(data: bytes) -> None:
    for candidate in (data, message()[:18] + data):
        try:
            assert encode_content(parse_content(candidate)) == candidate
        except PeerError:
            continue
