"""JSON-RPC 2.0, one JSON object (or batch) a line: bytes in, values out, no socket in sight.

Stricter than the specification in four points, each refused as -32600: an id is a string of at most 64
characters or an integer that every JSON reader keeps exact, never null; a batch has at most 64 requests;
unknown members are not ignored; no member stands twice in one object. Parameters are by name only.
"""

import re
from collections.abc import Iterable
from typing import Annotated, Final, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from coterie.api import limits
from coterie.api.errors import ApiError, ErrorData
from coterie.api.members import refuse_repeats
from coterie.api.methods import Method, P, R
from coterie.core.kernel.errors import PeerError

T = TypeVar("T")

PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600
METHOD_NOT_FOUND: Final = -32601
INVALID_PARAMS: Final = -32602
INTERNAL_ERROR: Final = -32603
REFUSED: Final = -32000
"""Our own errors: what exactly stands in `error.data.code`."""

RequestId = Annotated[int, Meta(ge=-(2**53), le=2**53)] | Annotated[str, Meta(max_length=limits.MAX_ID_CHARS)]

_EMPTY_PARAMS = b"{}"
_read_outer: Final = msgspec.json.Decoder(dict[str, Raw]).decode
_QUOTED = re.compile(r"(field `|value ['\"])(.{40}).+?([`'\"](?: - at `\$[^`]*`)?)$", re.DOTALL)
_TOO_LONG = re.compile(r"Expected `(str|array)` of length <= (\d+) - at `\$\.(\w+)")


class _Request(Struct, frozen=True, forbid_unknown_fields=True):
    jsonrpc: Literal["2.0"]
    method: str
    params: Raw | UnsetType = UNSET
    id: RequestId | UnsetType = UNSET


class _OnlyId(Struct, frozen=True):
    id: RequestId | None = None


class _Error(Struct, frozen=True):
    code: int
    message: str
    data: ErrorData | None = None


class _Message(Struct, frozen=True):
    """What a client receives: a reply or a notification; members that later versions add are ignored."""

    jsonrpc: Literal["2.0"]
    id: RequestId | None = None
    result: Raw | UnsetType = UNSET
    error: _Error | UnsetType = UNSET
    method: str = ""
    params: Raw | UnsetType = UNSET


class _Outgoing(Struct, frozen=True, omit_defaults=True):
    jsonrpc: str
    id: int | str | UnsetType | None = UNSET
    method: str | UnsetType = UNSET
    params: Struct | UnsetType = UNSET
    result: Struct | UnsetType = UNSET
    error: _Error | UnsetType = UNSET


class Request(Struct, frozen=True):
    """One call. `id` is None for a notification, which is performed and not answered."""

    id: int | str | None
    method: str
    params: bytes


class Invalid(Struct, frozen=True):
    """A call that cannot be understood; it is answered with an error and nothing happens."""

    id: int | str | None
    rpc_code: int
    error: ApiError


class Incoming(Struct, frozen=True):
    """What one line asks for. The replies of a batch travel together as one array."""

    calls: tuple[Request | Invalid, ...]
    batch: bool


class Reply(Struct, frozen=True):
    """The answer to one call: `result` is undecoded JSON, or `error` says why there is none."""

    id: int | str | None
    result: bytes = b""
    error: ApiError | None = None


class Notification(Struct, frozen=True):
    """Something that the node says unasked; `params` is undecoded JSON."""

    method: str
    params: bytes


class LineReader:
    """Cuts a stream into lines of at most `MAX_LINE` bytes. A longer one is dropped as it comes, and given as
    None once, so memory stays bounded and the connection lives on."""

    __slots__ = ("_buffer", "_dropping")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._dropping = False

    def feed(self, data: bytes) -> list[bytes | None]:
        """The lines that are complete now, without their newline and without empty ones."""
        lines: list[bytes | None] = []
        *complete, rest = data.split(b"\n")
        for piece in complete:
            line = self._end_of_line(piece)
            if line != b"":
                lines.append(line)
        self._extend(rest)
        return lines

    def _extend(self, piece: bytes) -> None:
        if self._dropping:
            return
        self._buffer += piece
        if len(self._buffer) >= limits.MAX_LINE:
            self._dropping = True
            self._buffer.clear()

    def _end_of_line(self, piece: bytes) -> bytes | None:
        self._extend(piece)
        if self._dropping:
            self._dropping = False
            return None
        line = bytes(self._buffer).strip(b"\r\t ")
        self._buffer.clear()
        return line


def parse_incoming(line: bytes | None) -> Incoming:
    """What a line from a client asks for; never raises. None is a line that was too long."""
    if line is None:
        return _refused_line(INVALID_REQUEST, ApiError("too-large", "a line has at most 1 MiB"))
    if not line.startswith(b"["):
        return Incoming((_parse_call(line),), batch=False)
    try:
        parts = _decode(line, list[Raw])
    except PeerError:
        return _refused_line(PARSE_ERROR, ApiError("malformed", "this is not JSON"))
    if not 0 < len(parts) <= limits.MAX_BATCH:
        return _refused_line(INVALID_REQUEST, ApiError("too-large", f"a batch has 1 to {limits.MAX_BATCH} requests"))
    return Incoming(tuple(_parse_call(bytes(part)) for part in parts), batch=True)


def _refused_line(rpc_code: int, error: ApiError) -> Incoming:
    return Incoming((Invalid(None, rpc_code, error),), batch=False)


def _parse_call(data: bytes) -> Request | Invalid:
    try:
        request = _decode(data, _Request)
        refuse_repeats(data)
    except PeerError as error:
        if error.code == "malformed":
            return Invalid(None, PARSE_ERROR, ApiError("malformed", "this is not JSON"))
        message = f"not a JSON-RPC 2.0 request: {error.message}"
        return Invalid(_id_of(data), INVALID_REQUEST, ApiError("invalid-request", message))
    params = _EMPTY_PARAMS if isinstance(request.params, UnsetType) else bytes(request.params)
    return Request(None if isinstance(request.id, UnsetType) else request.id, request.method, params)


def _id_of(data: bytes) -> int | str | None:
    """The id to answer with; None when it cannot be read, or when it might stand there twice."""
    try:
        refuse_repeats(data, _read_outer)
        return _decode(data, _OnlyId).id
    except PeerError:
        return None


def parse_params(method: Method[P, R], data: bytes) -> P:
    """The typed parameters; raises `ApiError`: `too-large` or `invalid-params`."""
    try:
        return _decode(data, method.params)
    except PeerError as error:
        long = _TOO_LONG.match(error.message)
        if long is None:
            raise ApiError("invalid-params", f"{method.name}: {error.message}") from None
        unit = "characters" if long[1] == "str" else "entries"
        raise ApiError("too-large", f"'{long[3]}' takes at most {long[2]} {unit}", "is it the right one?") from None


def parse_message(line: bytes) -> list[Reply | Notification]:
    """What a node's line says (a batch of replies gives several); raises `ApiError` for anything else."""
    try:
        messages = _decode(line, list[_Message]) if line.startswith(b"[") else [_decode(line, _Message)]
    except PeerError:
        raise ApiError("protocol-error", "the node's answer cannot be read", "is it of this version?") from None
    try:
        refuse_repeats(line)
    except PeerError as error:
        raise ApiError("protocol-error", f"the node's answer is not well formed: {error.message}") from None
    return [_understand(message) for message in messages]


def _understand(message: _Message) -> Reply | Notification:
    if message.method:
        params = _EMPTY_PARAMS if isinstance(message.params, UnsetType) else bytes(message.params)
        return Notification(message.method, params)
    if not isinstance(message.error, UnsetType):
        data = message.error.data
        error = (
            ApiError("protocol-error", message.error.message)
            if data is None
            else ApiError(data.code, data.message, data.hint, data.id, data.state)
        )
        return Reply(message.id, error=error)
    if isinstance(message.result, UnsetType):
        raise ApiError("protocol-error", "the node's answer has neither result nor error")
    return Reply(message.id, result=bytes(message.result))


def parse_result(data: bytes, kind: type[T]) -> T:
    """A typed result or event from undecoded JSON; raises `ApiError`."""
    try:
        return _decode(data, kind)
    except PeerError:
        raise ApiError("protocol-error", "the node's answer cannot be read", "is it of this version?") from None


def encode_request(id: int | str, method: str, params: Struct) -> bytes:
    """One line. Raises `ApiError`: `not-text` for lone surrogates, `too-large` beyond a line."""
    return _line(_Outgoing("2.0", id=id, method=method, params=params))


def encode_result(id: int | str, result: Struct) -> bytes:
    """One line; `ApiError("too-large")` when it would be longer than a line may be."""
    return _line(_Outgoing("2.0", id=id, result=result))


def encode_error(id: int | str | None, rpc_code: int, error: ApiError) -> bytes:
    """One line. Errors quote little, so they always fit."""
    return _line(_Outgoing("2.0", id=id, error=_Error(rpc_code, error.message, error.data())))


def encode_notification(method: str, params: Struct) -> bytes:
    """One line; `ApiError("too-large")` when it would be longer than a line may be."""
    return _line(_Outgoing("2.0", method=method, params=params))


def encode_batch(replies: Iterable[tuple[int | str | None, bytes]]) -> bytes:
    """The replies of one batch as one array; those that no longer fit the line are answered `too-large`."""
    parts: list[bytes] = []
    room = limits.MAX_LINE - limits.MAX_BATCH * 1024
    for id, line in replies:
        reply = line.rstrip(b"\n")
        if len(reply) > room:
            error = ApiError("too-large", "the batch's answers do not fit one line", "ask for less at once")
            reply = encode_error(id, REFUSED, error).rstrip(b"\n")
        room -= len(reply)
        parts.append(reply)
    return b"[" + b",".join(parts) + b"]\n"


def _line(message: _Outgoing) -> bytes:
    try:
        line = msgspec.json.encode(message) + b"\n"
    except UnicodeEncodeError:
        raise ApiError("not-text", "the text is not valid Unicode") from None
    if len(line) > limits.MAX_LINE:
        raise ApiError("too-large", "more than one line of the API can carry", "ask for less at once")
    return line


def _decode(data: bytes, kind: type[T]) -> T:
    """Raises `PeerError`: `malformed` when it is not JSON, `invalid` when it is not of that kind."""
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.ValidationError as error:
        text = _QUOTED.sub(lambda match: f"{match[1]}{match[2]}…{match[3]}", str(error))
        raise PeerError("invalid", text) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise PeerError("malformed", "not JSON") from None


def encode_record(record: Struct) -> bytes:
    """One line for standard output: compact, exact, with its newline."""
    return msgspec.json.encode(record) + b"\n"
