"""The shapes that the command line and programs rely on."""

import json
import typing

import msgspec
import pytest

from coterie.api import codec, schema, status_schema
from coterie.api.methods import METHODS

RESULTS = sorted({method.result for method in METHODS.values()}, key=lambda kind: kind.__name__)


def test_every_result_begins_with_its_schema() -> None:
    for kind in RESULTS:
        first = msgspec.structs.fields(kind)[0]
        assert first.name == "schema"
        assert first.default == typing.get_args(first.type)[0]
        name, _, number = str(first.default).partition("/")
        assert name
        assert number.isdigit()


def test_no_two_records_share_a_schema() -> None:
    known = {**vars(schema), **vars(status_schema)}.values()
    kinds = [kind for kind in known if isinstance(kind, type) and issubclass(kind, schema.Record)]
    names = [msgspec.structs.fields(kind)[0].default for kind in kinds if "schema" in kind.__struct_fields__]
    assert len(names) == len(set(names))


def test_log_has_always_all_its_fields() -> None:
    entry = schema.LogEntry(
        id="m", kind="joined", conversation="c", sender="bob", text="", state="", sent_at=None, received_at=None
    )
    assert json.loads(codec.encode_record(entry)) == {
        "schema": "log/1",
        "id": "m",
        "kind": "joined",
        "conversation": "c",
        "from": "bob",
        "text": "",
        "state": "",
        "sent_at": None,
        "received_at": None,
    }


def test_invite_and_send_have_exactly_the_fields_of_the_contract() -> None:
    invite = codec.encode_record(schema.Invite(id="i", link="coterie:join/x", expires_at="2026-01-01T00:00:00Z"))
    assert invite == (b'{"schema":"invite/1","id":"i","link":"coterie:join/x","expires_at":"2026-01-01T00:00:00Z"}\n')
    assert (
        codec.encode_record(schema.Sent(id="m", state="queued")) == b'{"schema":"send/1","id":"m","state":"queued"}\n'
    )


def test_records_are_compact_exact_and_one_line() -> None:
    hostile = "a\nb\u202ec\x1b[31m\u2028 <b>é</b>"
    entry = schema.LogEntry(
        id="m", kind="message", conversation="c", sender="b", text=hostile, state="", sent_at=None, received_at=None
    )
    line = codec.encode_record(entry)
    assert line.count(b"\n") == 1
    assert b": " not in line.replace(hostile.encode(), b"")
    assert json.loads(line)["text"] == hostile


def test_records_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        schema.Sent(id="m", state="queued").state = "read"  # type: ignore[misc]
    assert schema.replace(schema.Sent(id="m", state="queued"), state="read").state == "read"
