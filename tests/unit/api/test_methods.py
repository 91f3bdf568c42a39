"""One method for each command."""

from coterie.api.methods import METHODS
from coterie.api.schema import Params, Record


def test_the_methods_of_the_api() -> None:
    assert list(METHODS) == [
        *(f"circle.{verb}" for verb in ("create", "list", "show", "remove", "role", "leave")),
        *(f"invitation.{verb}" for verb in ("create", "list", "withdraw", "approve", "deny")),
        "join",
        "person.list",
        "person.verify",
        *(f"group.{verb}" for verb in ("create", "add", "remove", "leave", "list")),
        "message.send",
        "conversation.log",
        "conversation.read",
        "status",
        "events.subscribe",
        "stop",
    ]


def test_each_has_its_types() -> None:
    for name, method in METHODS.items():
        assert method.name == name
        assert issubclass(method.params, Params)
        assert issubclass(method.result, Record)
