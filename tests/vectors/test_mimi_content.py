"""The 14 official messages of draft-ietf-mimi-content-08: bytes, ids, and every way to spoil them."""

import json
from pathlib import Path
from typing import Any

import pytest

from coterie.core.codec import cbor
from coterie.core.content.message_id import message_id
from coterie.core.content.mimi import encode_content, parse_content
from coterie.core.content.text import Shown, display
from coterie.core.kernel.errors import PeerError

VECTORS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "data/mimi/content.json").read_text("utf-8"))
IDS = [vector["name"] for vector in VECTORS]

SHOWN = {
    "original": Shown.TEXT,
    "reply": Shown.TEXT,
    "reaction": Shown.REACTION,
    "unlike": Shown.DELETION,
    "mention": Shown.TEXT,
    "mention-html": Shown.UNSUPPORTED,
    "edit": Shown.TEXT,
    "delete": Shown.DELETION,
    "expiring": Shown.TEXT,
    "attachment": Shown.ATTACHMENT,
    "conferencing": Shown.ATTACHMENT,
    "multipart-1": Shown.TEXT,
    "multipart-2": Shown.REACTION,
    "multipart-3": Shown.UNSUPPORTED,
}


def test_there_are_fourteen() -> None:
    assert sorted(IDS) == sorted(SHOWN)


@pytest.mark.parametrize("vector", VECTORS, ids=IDS)
def test_bytes_and_id(vector: dict[str, Any]) -> None:
    data = bytes.fromhex(vector["content"])
    content = parse_content(data)
    assert encode_content(content) == data
    assert message_id(content, data).hex() == vector["message_id"]
    assert display(content).kind is SHOWN[vector["name"]]


@pytest.mark.parametrize("vector", VECTORS, ids=IDS)
def test_T001_T002_every_cut_and_extension_is_refused(vector: dict[str, Any]) -> None:
    data = bytes.fromhex(vector["content"])
    for size in range(len(data)):
        with pytest.raises(PeerError):
            parse_content(data[:size])
    for extra in range(1, 65):
        with pytest.raises(PeerError):
            parse_content(data + bytes(extra))


@pytest.mark.parametrize("vector", VECTORS, ids=IDS)
def test_T003_a_flipped_bit_is_refused_or_is_another_message(vector: dict[str, Any]) -> None:
    data = bytes.fromhex(vector["content"])
    for bit in range(8 * len(data)):
        altered = bytearray(data)
        altered[bit // 8] ^= 1 << (bit % 8)
        try:
            content = parse_content(bytes(altered))
            other = message_id(content, bytes(altered))
        except PeerError:
            continue
        assert encode_content(content) == bytes(altered)
        assert other.hex() != vector["message_id"]


@pytest.mark.parametrize("vector", VECTORS, ids=IDS)
def test_T006_the_same_message_in_the_length_first_or_an_indefinite_form_is_refused(
    vector: dict[str, Any],
) -> None:
    data = bytes.fromhex(vector["content"])
    fields = cbor.decode(data)
    assert isinstance(fields, list)
    indefinite = b"\x9f" + data[1:] + b"\xff"
    long_head = b"\x98\x07" + data[1:]
    for other in (indefinite, long_head):
        with pytest.raises(PeerError) as caught:
            parse_content(other)
        assert caught.value.code == "non-canonical"
