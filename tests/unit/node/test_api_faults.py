"""What a call raises becomes one shape."""

import logging

import pytest

from coterie.api import codec
from coterie.api.errors import ApiError
from coterie.core.kernel.errors import PeerError, UserError
from coterie.node.api_faults import RpcError, describe


def test_our_errors_keep_their_code_and_hint() -> None:
    for failure in (UserError("bad-name", "m", "h"), ApiError("bad-name", "m", "h")):
        rpc_code, error = describe(failure)
        assert (rpc_code, error.code, error.message, error.hint) == (codec.REFUSED, "bad-name", "m", "h")
    assert describe(PeerError("malformed", "m"))[1].code == "malformed"
    assert describe(RpcError(codec.METHOD_NOT_FOUND, ApiError("unknown-method")))[0] == codec.METHOD_NOT_FOUND


def test_what_an_error_is_about_and_what_was_reached_stay_with_it() -> None:
    _, error = describe(ApiError("timeout", "m", "h", id="m1", state="queued"))
    assert (error.id, error.state) == ("m1", "queued")


def test_a_bug_is_logged_by_its_frames_and_never_by_its_text(caplog: pytest.LogCaptureFixture) -> None:
    text = "the text of a message"
    try:
        raise KeyError(text)
    except KeyError as failure:
        with caplog.at_level(logging.ERROR):
            rpc_code, error = describe(failure)
    assert (rpc_code, error.code) == (codec.INTERNAL_ERROR, "internal")
    assert error.id
    assert f"internal error {error.id}:" in caplog.text
    assert "test_api_faults" in caplog.text
    assert text not in caplog.text + error.message + error.hint
