"""One shape of error everywhere: `{"code","message","hint","id","docs"}`; JSON-RPC carries it in `error.data`."""

from msgspec import Struct

from coterie.core.kernel.errors import UserError


class ErrorData(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What went wrong. `code` is a stable kebab-case word, the rest is for people.

    `id` names what the error is about (the message that is still queued, the log line of an internal error)
    and is empty where there is nothing to name. `state` is there only for a wait that ended early: what the
    message had reached by then.
    """

    code: str
    message: str
    hint: str
    id: str
    docs: str
    state: str = ""


class ApiError(UserError):
    """An error as the caller of the API sees it."""

    def __init__(self, code: str, message: str = "", hint: str = "", id: str = "", state: str = "") -> None:
        super().__init__(code, message, hint)
        self.id = id
        self.state = state

    def data(self) -> ErrorData:
        """The shape that travels."""
        return ErrorData(
            code=self.code,
            message=self.message,
            hint=self.hint,
            id=self.id,
            docs=docs_of(self.code),
            state=self.state,
        )


def from_data(data: ErrorData) -> ApiError:
    """The exception for an error that a node has sent."""
    return ApiError(data.code, data.message, data.hint, data.id, data.state)


def docs_of(code: str) -> str:
    """Where a code is explained, from the root of the repository."""
    return f"docs/guides/errors.md#{code}"


def not_running(home: str) -> ApiError:
    """Nobody listens on this home's socket; `home` is its option in a command."""
    return ApiError("daemon-not-running", "no node is running on this home", f"start one: coterie {home} up")


def connection_lost() -> ApiError:
    """The node closed the connection before it answered: it is stopping, or not ours."""
    return ApiError(
        "daemon-stopped",
        "the node closed the connection before it answered",
        "what it had accepted is kept; see: coterie status",
    )


def silent() -> ApiError:
    """The node is there and does not answer."""
    return ApiError("daemon-silent", "the node does not answer", "stop it and start it again")
