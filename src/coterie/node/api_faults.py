"""Turns what a call raises into the one error shape; a bug shows as `internal` with an id that is in the log."""

import logging
import os
import traceback

from coterie.api import codec
from coterie.api.errors import ApiError
from coterie.core.kernel.errors import PeerError, UserError

log = logging.getLogger("coterie.node.api")


class RpcError(Exception):
    """A call that JSON-RPC itself refuses, with its code from the specification."""

    def __init__(self, rpc_code: int, error: ApiError) -> None:
        super().__init__(error.code)
        self.rpc_code = rpc_code
        self.error = error


def describe(failure: Exception) -> tuple[int, ApiError]:
    """The JSON-RPC code and our error. Only the frames of a bug are logged: its text may quote content."""
    if isinstance(failure, RpcError):
        return failure.rpc_code, failure.error
    if isinstance(failure, ApiError):
        return codec.REFUSED, failure
    if isinstance(failure, UserError):
        return codec.REFUSED, ApiError(failure.code, failure.message, failure.hint)
    if isinstance(failure, PeerError):
        return codec.REFUSED, ApiError(failure.code, failure.message)
    number = os.urandom(4).hex()
    frames = "".join(traceback.format_tb(failure.__traceback__))
    log.error("internal error %s: %s\n%s", number, type(failure).__name__, frames)
    return codec.INTERNAL_ERROR, ApiError(
        "internal", "something in the node is broken", f"its log has the details under {number}", id=number
    )
