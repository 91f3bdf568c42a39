from collections.abc import Callable

import pytest

from coterie.core.codec.tls import opaque
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import CircleId, DeviceId
from coterie.core.wire.link_frames import (
    Answer,
    CardKey,
    Greeting,
    Hello,
    Keys,
    parse_answer,
    parse_blob,
    parse_card_key,
    parse_hello,
    parse_keys,
)
from coterie.testing.strictness import Encodable, accepted_extensions, accepted_prefixes, ambiguous_flips

GREETING = Greeting(CircleId(bytes([1]) * 32), DeviceId(bytes([2]) * 32), 5, 1 << 40, bytes(16))
KEYS = Keys(b"to block key", b"to fresh key")
SAMPLES: dict[str, tuple[Callable[[bytes], Encodable], Encodable]] = {
    "hello": (parse_hello, Hello(GREETING, b"kem public key")),
    "answer": (lambda data: parse_answer(data, with_keys=True), Answer(GREETING, b"", KEYS)),
    "answer with card": (lambda data: parse_answer(data, with_keys=True), Answer(GREETING, b"card", KEYS)),
    "answer lacking": (lambda data: parse_answer(data, with_keys=False), Answer(GREETING, b"", None)),
    "answer lacking with card": (lambda data: parse_answer(data, with_keys=False), Answer(GREETING, b"card", None)),
    "keys": (parse_keys, KEYS),
    "card key": (parse_card_key, CardKey(b"card", b"to block key")),
}
each = pytest.mark.parametrize("name", SAMPLES)


@each
def test_round_trip(name: str) -> None:
    parse, sample = SAMPLES[name]
    assert parse(sample.encode()) == sample


@each
def test_T001_prefixes_are_refused(name: str) -> None:
    parse, sample = SAMPLES[name]
    assert accepted_prefixes(parse, sample.encode()) == []


@each
def test_T002_trailing_bytes_are_refused(name: str) -> None:
    parse, sample = SAMPLES[name]
    assert accepted_extensions(parse, sample.encode()) == []


@each
def test_T003_one_meaning_one_encoding(name: str) -> None:
    parse, sample = SAMPLES[name]
    assert ambiguous_flips(parse, sample.encode()) == []


@each
def test_T014_other_versions_are_refused_by_name(name: str) -> None:
    parse, sample = SAMPLES[name]
    if name in ("keys", "card key"):
        return
    with pytest.raises(PeerError) as caught:
        parse(b"\x02" + sample.encode()[1:])
    assert caught.value.code == "needs-newer-version"


def test_what_must_hold_something() -> None:
    assert parse_blob(opaque(b"x")) == b"x"
    for parse, data in ((parse_blob, opaque(b"")), (parse_card_key, CardKey(b"", b"enc").encode())):
        with pytest.raises(PeerError):
            parse(data)
