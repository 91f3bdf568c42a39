"""The sans-I/O codec: what a line may be, and that nothing but its own errors comes out."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coterie.api import codec, limits, methods, schema
from coterie.api.errors import ApiError


def call(**fields: object) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": "status", **fields}).encode()


def only(line: bytes | None) -> codec.Request | codec.Invalid:
    incoming = codec.parse_incoming(line)
    assert (len(incoming.calls), incoming.batch) == (1, False)
    return incoming.calls[0]


def refused(line: bytes | None) -> int:
    found = only(line)
    assert isinstance(found, codec.Invalid)
    return found.rpc_code


def test_the_codes_are_those_of_the_specification() -> None:
    refusals = (codec.PARSE_ERROR, codec.INVALID_REQUEST, codec.METHOD_NOT_FOUND, codec.INVALID_PARAMS)
    assert refusals == (-32700, -32600, -32601, -32602)
    assert (codec.INTERNAL_ERROR, codec.REFUSED) == (-32603, -32000)


class TestLines:
    def test_a_line_may_come_in_pieces(self) -> None:
        reader = codec.LineReader()
        assert reader.feed(b'{"a"') == []
        assert reader.feed(b":1}\n{}") == [b'{"a":1}']
        assert reader.feed(b"\r\n\n\n") == [b"{}"]

    def test_the_longest_line_passes(self) -> None:
        line = b"x" * (limits.MAX_LINE - 1)
        assert codec.LineReader().feed(line + b"\n") == [line]
        assert codec.LineReader().feed(line + b"x\n") == [None]

    def test_T075_a_longer_line_is_dropped_once_and_the_next_one_is_read(self) -> None:
        reader = codec.LineReader()
        for _ in range(40):
            assert reader.feed(b"x" * 65536) == []
            assert len(reader._buffer) <= limits.MAX_LINE
        assert reader.feed(b"x\n{}\n") == [None, b"{}"]

    @given(st.lists(st.binary(max_size=30)))
    def test_the_cuts_do_not_matter(self, pieces: list[bytes]) -> None:
        reader = codec.LineReader()
        lines = [line for piece in [*pieces, b"\n"] for line in reader.feed(piece)]
        whole = codec.LineReader().feed(b"".join(pieces) + b"\n")
        assert lines == whole


class TestIncoming:
    def test_a_call(self) -> None:
        assert only(call(params={"a": 1}, id="x")) == codec.Request("x", "status", b'{"a": 1}')

    def test_without_an_id_it_is_a_notification(self) -> None:
        assert only(b'{"jsonrpc":"2.0","method":"stop"}') == codec.Request(None, "stop", b"{}")

    @pytest.mark.parametrize(
        "id", [None, True, 1.5, [], {}, [[]], "x" * 65, 2**60, -(2**60), 10**400], ids=lambda value: str(value)[:9]
    )
    def test_T075_ids_of_other_types_are_refused(self, id: object) -> None:
        found = only(call(id=id))
        assert isinstance(found, codec.Invalid)
        assert (found.id, found.rpc_code) == (None, codec.INVALID_REQUEST)

    @pytest.mark.parametrize(
        "line",
        [
            call(jsonrpc="1.0"),
            call(jsonrpc=2),
            call(method=1),
            call(extra=1),
            b"{}",
            b"1",
            b'"x"',
            b"null",
            b'{"id":1}',
        ],
    )
    def test_T075_what_is_not_a_request_is_32600(self, line: bytes) -> None:
        assert refused(line) == codec.INVALID_REQUEST

    @pytest.mark.parametrize(
        ("line", "id"),
        [
            (b'{"jsonrpc":"2.0","id":7,"method":"stop","method":"status"}', None),
            (b'{"jsonrpc":"2.0","id":7,"id":8,"method":"status"}', None),
            (b'{"jsonrpc":"2.0","id":7,"method":"message.send","params":{"to":"a","to":"b","text":"x"}}', 7),
            (b'{"jsonrpc":"2.0","id":7,"method":"x","params":{"a":[{"b":{"c":1,"c":1}}]}}', 7),
        ],
    )
    def test_T075_one_member_twice_in_one_object_is_refused_whichever_was_meant(self, line: bytes, id: object) -> None:
        for found in (only(line), codec.parse_incoming(b"[" + line + b"]").calls[0]):
            assert isinstance(found, codec.Invalid)
            assert (found.id, found.rpc_code, found.error.code) == (id, codec.INVALID_REQUEST, "invalid-request")
            assert found.error.message == "not a JSON-RPC 2.0 request: an object in it has one member twice"

    def test_the_calls_of_a_batch_have_the_same_members_without_fault(self) -> None:
        incoming = codec.parse_incoming(b"[" + call() + b"," + call(params={"method": "status"}) + b"]")
        assert [type(call) for call in incoming.calls] == [codec.Request] * 2

    @pytest.mark.parametrize("params", [b'{"to":"a","text":"\xff"}', b'{"timeout_ms":1e999}'])
    def test_a_call_of_which_a_part_cannot_be_read_is_answered_under_its_id(self, params: bytes) -> None:
        found = only(b'{"jsonrpc":"2.0","id":7,"method":"message.send","params":' + params + b"}")
        assert isinstance(found, codec.Invalid)
        assert (found.id, found.rpc_code) == (7, codec.INVALID_REQUEST)
        assert found.error.message == "not a JSON-RPC 2.0 request: a text or a number in it cannot be read"

    def test_an_id_that_can_be_read_is_answered(self) -> None:
        found = only(call(extra=1, id=7))
        assert isinstance(found, codec.Invalid)
        assert found.id == 7

    @pytest.mark.parametrize(
        "line",
        [
            b"{",
            b"\xff\xfe",
            b"NaN",
            b'{"jsonrpc":"2.0"} {}',
            b"[",
            b"[" * 300_000,
            b'{"a":' * 150_000,
            b'{"jsonrpc":"2.0","id":1,"method":"x","params":' + b"[" * 200_000 + b"]" * 200_000 + b"}",
            b'{"jsonrpc":"2.0","id":1,"method":"\xff"}',
        ],
    )
    def test_T075_what_is_not_json_is_32700(self, line: bytes) -> None:
        assert refused(line) in {codec.PARSE_ERROR, codec.INVALID_REQUEST}

    @pytest.mark.parametrize("id", [2**53, -(2**53), "x" * 64])
    def test_the_largest_ids_are_taken(self, id: object) -> None:
        assert isinstance(only(call(id=id)), codec.Request)
        for larger in (2**53 + 1, -(2**53) - 1):
            assert refused(call(id=larger)) == codec.INVALID_REQUEST

    def test_a_line_that_is_cut_is_no_json(self) -> None:
        assert refused(call()[:-1]) == codec.PARSE_ERROR

    def test_T075_a_batch_of_100000_is_refused_as_one(self) -> None:
        assert refused(b"[" + b",".join([b"{}"] * 100_000) + b"]") == codec.INVALID_REQUEST

    def test_T075_an_empty_batch_is_refused(self) -> None:
        assert refused(b"[]") == codec.INVALID_REQUEST

    def test_a_batch_may_be_of_one(self) -> None:
        incoming = codec.parse_incoming(b"[" + call() + b"]")
        assert incoming == codec.Incoming((codec.Request(1, "status", b"{}"),), batch=True)

    def test_a_batch_of_64_is_taken_one_by_one(self) -> None:
        line = b"[" + b",".join([call(), b"1"] * 32) + b"]"
        incoming = codec.parse_incoming(line)
        assert incoming.batch
        assert [type(call) for call in incoming.calls] == [codec.Request, codec.Invalid] * 32

    def test_T075_a_line_that_was_too_long_is_said_to_be(self) -> None:
        found = only(None)
        assert isinstance(found, codec.Invalid)
        assert found.error.code == "too-large"

    @given(st.binary(max_size=200))
    def test_no_line_raises(self, line: bytes) -> None:
        codec.parse_incoming(line)

    @given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=8))
    def test_no_json_raises(self, value: object) -> None:
        for line in (json.dumps(value).encode(), call(params=value), call(id=value), call(method=value)):
            codec.parse_incoming(line)


class TestParameters:
    def test_typed(self) -> None:
        params = codec.parse_params(methods.MESSAGE_SEND, b'{"to":"bob","text":"x"}')
        assert params == schema.Send(to="bob", text="x")

    @pytest.mark.parametrize(
        "data",
        [
            b"[]",
            b"null",
            b"{}",
            b'{"to":1,"text":"x"}',
            b'{"to":"b","text":""}',
            b'{"to":"b","text":"x","more":1}',
            b'{"to":"b","text":"x","wait":"queued"}',
            b'{"to":"b","text":"x","timeout_ms":-1}',
            b'{"to":"b","text":"x","timeout_ms":1e99}',
        ],
    )
    def test_what_does_not_fit_is_refused(self, data: bytes) -> None:
        with pytest.raises(ApiError) as raised:
            codec.parse_params(methods.MESSAGE_SEND, data)
        assert raised.value.code == "invalid-params"

    @pytest.mark.parametrize("field", ["to", "text", "client_id"])
    def test_T015_what_is_too_long_is_refused_as_such(self, field: str) -> None:
        data = json.dumps({"to": "b", "text": "x", field: "n" * 300_000}).encode()
        with pytest.raises(ApiError) as raised:
            codec.parse_params(methods.MESSAGE_SEND, data)
        assert raised.value.code == "too-large"
        assert raised.value.message.startswith(f"'{field}' takes at most ")
        assert raised.value.message.endswith(" characters")
        assert raised.value.hint

    def test_T015_too_many_are_counted_and_not_measured(self) -> None:
        data = json.dumps({"group": "g", "people": ["p"] * 1001}).encode()
        with pytest.raises(ApiError) as raised:
            codec.parse_params(methods.GROUP_ADD, data)
        assert (raised.value.code, raised.value.message) == ("too-large", "'people' takes at most 1000 entries")

    @pytest.mark.parametrize("method", [methods.CIRCLE_CREATE, methods.GROUP_CREATE, methods.JOIN])
    def test_T015_a_name_that_we_choose_is_left_to_the_rules_of_names(self, method: methods.Method[Any, Any]) -> None:
        whole = {"name": "c", "title": "t", "pseudonym": "p" * 300_000, "people": ["b"], "link": "l"}
        fields = {name: whole[name] for name in whole if name in method.params.__struct_fields__}
        codec.parse_params(method, json.dumps(fields).encode())

    def test_the_highest_number_of_an_event_is_what_the_vault_holds(self) -> None:
        codec.parse_params(methods.EVENTS_SUBSCRIBE, b'{"since":9223372036854775807}')
        with pytest.raises(ApiError) as raised:
            codec.parse_params(methods.EVENTS_SUBSCRIBE, b'{"since":9223372036854775808}')
        assert raised.value.code == "invalid-params"

    @pytest.mark.parametrize(
        "data",
        [{"person": "b", "role": "admin", "k" * 500: 1}, {"person": "b", "role": "k" * 500}, {"k" * 500 + "'`": 1}],
    )
    def test_an_error_quotes_at_most_40_characters_of_input(self, data: dict[str, object]) -> None:
        with pytest.raises(ApiError) as raised:
            codec.parse_params(methods.CIRCLE_ROLE, json.dumps(data).encode())
        assert "k" * 40 in raised.value.message
        assert "k" * 41 not in raised.value.message


class TestAnswers:
    def test_a_result_goes_there_and_back(self) -> None:
        sent = schema.Sent(id="m1", state="queued")
        line = codec.encode_result(5, sent)
        assert line.endswith(b"\n")
        assert line.count(b"\n") == 1
        (reply,) = codec.parse_message(line)
        assert isinstance(reply, codec.Reply)
        assert (reply.id, codec.parse_result(reply.result, schema.Sent)) == (5, sent)

    def test_a_call_goes_there(self) -> None:
        line = codec.encode_request("x", "status", schema.NoParams())
        assert only(line.rstrip()) == codec.Request("x", "status", b"{}")

    def test_the_answers_of_a_batch_come_as_several(self) -> None:
        lines = [codec.encode_result(id, schema.Sent(id="m", state="")) for id in (1, 2)]
        replies = codec.parse_message(codec.encode_batch(enumerate(lines, 1)))
        assert [reply.id for reply in replies if isinstance(reply, codec.Reply)] == [1, 2]

    @pytest.mark.parametrize("line", [b'{"jsonrpc":"2.0","id":1}', b'{"id":1,"result":{}}', b"[1]", b""])
    def test_an_answer_that_is_none(self, line: bytes) -> None:
        with pytest.raises(ApiError) as raised:
            codec.parse_message(line)
        assert raised.value.code == "protocol-error"

    @pytest.mark.parametrize(
        "line",
        [
            b'{"jsonrpc":"2.0","id":1,"id":2,"result":{}}',
            b'{"jsonrpc":"2.0","id":1,"result":{"id":"m","state":"queued","state":"read"}}',
            b'{"jsonrpc":"2.0","method":"event","params":{"id":1,"message":{"text":"a","text":"b"}}}',
            b'[{"jsonrpc":"2.0","id":1,"result":{}},{"jsonrpc":"2.0","id":2,"result":{"new":{"a":1,"a":2}}}]',
        ],
    )
    def test_T075_an_answer_with_one_member_twice_in_one_object_is_none(self, line: bytes) -> None:
        with pytest.raises(ApiError) as raised:
            codec.parse_message(line)
        assert raised.value.code == "protocol-error"
        assert raised.value.message == "the node's answer is not well formed: an object in it has one member twice"

    def test_a_result_of_another_kind(self) -> None:
        with pytest.raises(ApiError) as raised:
            codec.parse_result(b'{"id":1}', schema.Sent)
        assert raised.value.code == "protocol-error"

    def test_an_error_that_is_none_of_ours(self) -> None:
        (reply,) = codec.parse_message(b'{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"broken"}}')
        assert isinstance(reply, codec.Reply)
        assert reply.error is not None
        assert (reply.error.code, reply.error.message) == ("protocol-error", "broken")

    def test_a_notification_may_say_no_more_than_its_name(self) -> None:
        assert codec.parse_message(b'{"jsonrpc":"2.0","method":"x"}') == [codec.Notification("x", b"{}")]

    def test_an_error_goes_there_and_back_with_all_five_fields(self) -> None:
        error = ApiError("timeout", "not yet", "wait", "m1", "queued")
        line = codec.encode_error(5, codec.REFUSED, error)
        data = json.loads(line)["error"]["data"]
        assert data == {
            "code": "timeout",
            "message": "not yet",
            "hint": "wait",
            "id": "m1",
            "docs": "docs/guides/errors.md#timeout",
            "state": "queued",
        }
        (reply,) = codec.parse_message(line)
        assert isinstance(reply, codec.Reply)
        assert reply.error is not None
        assert (reply.id, reply.error.code, reply.error.id, reply.error.state) == (5, "timeout", "m1", "queued")

    def test_the_fields_are_there_even_when_empty(self) -> None:
        data = json.loads(codec.encode_error(None, codec.REFUSED, ApiError("malformed")))["error"]["data"]
        assert set(data) == {"code", "message", "hint", "id", "docs"}

    def test_an_event_goes_there_and_back(self) -> None:
        event = schema.Event(id=1, kind="link", at="2026-01-02T03:04:05Z")
        (note,) = codec.parse_message(codec.encode_notification("event", event))
        assert isinstance(note, codec.Notification)
        assert codec.parse_result(note.params, schema.Event) == event

    def test_fields_that_a_later_version_adds_are_ignored(self) -> None:
        assert codec.parse_result(b'{"id":"m","state":"queued","new":[1]}', schema.Sent).state == "queued"

    def test_T075_what_does_not_fit_a_line_is_not_sent(self) -> None:
        around = len(codec.encode_result(1, schema.Sent(id="", state="")))
        assert (
            len(codec.encode_result(1, schema.Sent(id="x" * (limits.MAX_LINE - around), state=""))) == limits.MAX_LINE
        )
        with pytest.raises(ApiError) as raised:
            codec.encode_result(1, schema.Sent(id="x" * limits.MAX_LINE, state=""))
        assert raised.value.code == "too-large"

    def test_lone_surrogates_are_refused_before_they_leave(self) -> None:
        with pytest.raises(ApiError) as raised:
            codec.encode_request(1, "message.send", schema.Send(to="b", text="\udcff"))
        assert raised.value.code == "not-text"

    def test_T075_the_answers_of_a_batch_stay_within_a_line(self) -> None:
        big = codec.encode_result(1, schema.Sent(id="x" * 600_000, state=""))
        line = codec.encode_batch([(1, big), (2, big), (3, codec.encode_result(3, schema.Sent(id="y", state="")))])
        assert len(line) <= limits.MAX_LINE
        first, second, third = json.loads(line)
        assert "result" in first
        assert second["error"]["data"]["code"] == "too-large"
        assert third["result"]["id"] == "y"

    def test_T075_so_do_those_of_the_largest_batch_when_all_but_one_are_refused(self) -> None:
        sizes = [limits.MAX_LINE - 8 * 1024] + [limits.MAX_LINE - limits.MAX_BATCH * 2048] * (limits.MAX_BATCH - 1)
        replies = [codec.encode_result(id, schema.Sent(id="x" * size, state="")) for id, size in enumerate(sizes)]
        line = codec.encode_batch(enumerate(replies))
        assert len(line) <= limits.MAX_LINE
        assert [answer["id"] for answer in json.loads(line) if "result" in answer] == [1]

    @given(st.binary(max_size=100))
    def test_a_client_raises_only_api_errors(self, line: bytes) -> None:
        try:
            codec.parse_message(line)
        except ApiError as error:
            assert error.code == "protocol-error"
