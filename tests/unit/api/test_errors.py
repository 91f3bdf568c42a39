"""The one shape of errors."""

from coterie.api import errors
from coterie.api.errors import ApiError, ErrorData


def test_the_shape_and_back() -> None:
    error = ApiError("invite-used", "used", "ask", "i1", "queued")
    data = error.data()
    assert (data.code, data.message, data.hint, data.id) == ("invite-used", "used", "ask", "i1")
    assert data.docs == "docs/guides/errors.md#invite-used"
    again = errors.from_data(data)
    assert (again.code, again.message, again.hint, again.id, again.state) == (
        "invite-used",
        "used",
        "ask",
        "i1",
        "queued",
    )


def test_ready_made_errors_name_the_next_step() -> None:
    assert errors.not_running("/h").code == "daemon-not-running"
    assert "/h" in errors.not_running("/h").hint
    assert errors.connection_lost().code == "daemon-stopped"
    assert errors.silent().code == "daemon-silent"


def test_what_is_not_said_is_empty_but_the_message_which_is_the_code() -> None:
    data = ApiError("malformed").data()
    docs = "docs/guides/errors.md#malformed"
    assert data == ErrorData(code="malformed", message="malformed", hint="", id="", docs=docs, state="")
    assert ErrorData(code="malformed", message="malformed", hint="", id="", docs=docs) == data
