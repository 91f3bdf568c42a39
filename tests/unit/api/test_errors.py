"""The one shape of errors."""

from coterie.api import errors
from coterie.api.errors import ApiError


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
