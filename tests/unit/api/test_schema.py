"""The shapes that the command line and programs rely on."""

import json
import typing
from typing import Any

import msgspec
import pytest

from coterie.api import codec, limits, methods, schema, status_schema
from coterie.api.errors import ApiError
from coterie.api.methods import METHODS, Method

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
    kinds: list[type[msgspec.Struct]] = [*RESULTS, schema.LogEntry, schema.Device, schema.Event]
    assert all(kind.__struct_config__.frozen for kind in kinds)


def test_T075_what_no_method_knows_is_refused_by_all() -> None:
    for method in METHODS.values():
        assert method.params.__struct_config__.forbid_unknown_fields
        assert method.params.__struct_config__.frozen


LINK, GROUP = {"link": "l", "pseudonym": "p"}, {"group": "g", "people": ["p"]}
SEND, VERIFY = {"to": "b", "text": "x"}, {"person": "b"}


@pytest.mark.parametrize(
    ("method", "fields", "field", "largest", "larger"),
    [
        (methods.CIRCLE_SHOW, {}, "circle", "n" * limits.MAX_NAME_CHARS, "n" * (limits.MAX_NAME_CHARS + 1)),
        (methods.INVITATION_DENY, {}, "id", "i" * 128, "i" * 129),
        (methods.INVITATION_CREATE, {"circle": "c"}, "expires_ms", 1_000, 999),
        (methods.INVITATION_CREATE, {"circle": "c"}, "expires_ms", limits.MAX_EXPIRY_MS, limits.MAX_EXPIRY_MS + 1),
        (methods.JOIN, LINK, "link", "l" * limits.MAX_LINK_CHARS, "l" * (limits.MAX_LINK_CHARS + 1)),
        (methods.JOIN, LINK, "timeout_ms", 0, -1),
        (methods.JOIN, LINK, "timeout_ms", limits.MAX_WAIT_MS, limits.MAX_WAIT_MS + 1),
        (methods.PERSON_VERIFY, VERIFY, "words", ["w" * 32] * 6, ["w" * 32] * 7),
        (methods.PERSON_VERIFY, VERIFY, "words", [], ["w" * 33]),
        (methods.GROUP_ADD, GROUP, "people", ["p"], []),
        (methods.GROUP_ADD, GROUP, "people", ["p"] * limits.MAX_PEOPLE, ["p"] * (limits.MAX_PEOPLE + 1)),
        (methods.MESSAGE_SEND, SEND, "text", "x", ""),
        (methods.MESSAGE_SEND, SEND, "text", "x" * limits.MAX_TEXT_CHARS, "x" * (limits.MAX_TEXT_CHARS + 1)),
        (methods.MESSAGE_SEND, SEND, "client_id", "c" * 64, "c" * 65),
        (methods.MESSAGE_SEND, SEND, "timeout_ms", limits.MAX_WAIT_MS, limits.MAX_WAIT_MS + 1),
        (methods.CONVERSATION_LOG, {"conversation": "b"}, "limit", 1, 0),
        (methods.CONVERSATION_LOG, {"conversation": "b"}, "limit", 10**9, 10**9 + 1),
        (methods.EVENTS_SUBSCRIBE, {}, "since", 0, -1),
        (methods.EVENTS_SUBSCRIBE, {}, "since", limits.MAX_EVENT_ID, limits.MAX_EVENT_ID + 1),
    ],
    ids=lambda value: getattr(value, "name", str(value)[:12]),
)
def test_T015_a_parameter_is_taken_at_its_bound_and_refused_beyond(
    method: Method[Any, Any], fields: dict[str, object], field: str, largest: object, larger: object
) -> None:
    taken = codec.parse_params(method, json.dumps({**fields, field: largest}).encode())
    assert getattr(taken, field) == largest
    with pytest.raises(ApiError) as raised:
        codec.parse_params(method, json.dumps({**fields, field: larger}).encode())
    assert raised.value.code in {"too-large", "invalid-params"}


def test_what_a_program_does_not_say_is_the_usual() -> None:
    invitation = schema.InvitationCreate(circle="c")
    assert (invitation.expires_ms, invitation.approve) == (24 * 3600 * 1000, False)
    assert schema.Join(link="l", pseudonym="p").timeout_ms == 20_000
    assert schema.Send(to="b", text="x") == schema.Send(to="b", text="x", client_id="", wait="", timeout_ms=30_000)
    log = schema.Log(conversation="b")
    assert (log.since, log.limit, log.newest) == ("", limits.LOG_PAGE, False)
    assert schema.CircleFilter().circle == ""
    assert schema.PersonVerify(person="b").words == []
    assert schema.Subscribe().since is None
