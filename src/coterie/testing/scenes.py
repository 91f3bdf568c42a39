"""Ready beginnings of stories on a pipe: a circle, an invitation, somebody who joins."""

from typing import TypeVar

from coterie.core.engine.ports import commands
from coterie.core.engine.ports.commands import Command
from coterie.core.engine.ports.views import CircleView, InvitationView, JoinView, PersonView
from coterie.core.kernel.ids import CircleId, DeviceId, PersonId
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Node

FAST_SUITE = 0x0001
"""Stories run on this suite: it replays byte for byte and its keys are made quickly."""

CIRCLE = "Club"

T = TypeVar("T")


def ask(pipe: Pipe, node: Node, command: Command, kind: type[T]) -> T:
    """A command whose answer is a `kind`; the pipe runs until nothing moves."""
    answer = pipe.do(node, command)
    if not isinstance(answer, kind):
        raise TypeError(f"{type(command).__name__} answered a {type(answer).__name__}")
    return answer


def found(
    pipe: Pipe, node: Node, pseudonym: str = "Alice", name: str = CIRCLE, suite_id: int = FAST_SUITE
) -> CircleView:
    """A circle of one."""
    return ask(pipe, node, commands.CreateCircle(name, pseudonym, suite_id), CircleView)


def invite(pipe: Pipe, node: Node, circle: str = CIRCLE, seconds: int = 3600, approve: bool = False) -> InvitationView:
    """An invitation with its link."""
    made = ask(pipe, node, commands.CreateInvitation(circle, seconds, approve), InvitationView)
    return ask(pipe, node, commands.ShowInvitation(made.id), InvitationView)


def join(pipe: Pipe, node: Node, link: str, pseudonym: str) -> JoinView:
    """As far as a join comes while the pipe runs."""
    pipe.do(node, commands.StartJoin(link, pseudonym))
    return state_of_join(node)


def state_of_join(node: Node) -> JoinView:
    """How the newest `join` event of a node has it."""
    events = [event for event in node.store.events.since(0, 10_000) if event.kind == "join"]
    if not events:
        return JoinView("", "", "dialling", "", "")
    data = events[-1].data
    return JoinView("", "", str(data["state"]), "", str(data["circle"]), str(data["code"]))


def pair(pipe: Pipe, suite_id: int = FAST_SUITE) -> tuple[Node, Node]:
    """Alice, who founded the circle, and Bob, who joined; linked."""
    alice, bob = pipe.node("alice"), pipe.node("bob")
    found(pipe, alice, suite_id=suite_id)
    join(pipe, bob, invite(pipe, alice).link, "Bob")
    pipe.run()
    return alice, bob


def trio(pipe: Pipe) -> tuple[Node, Node, Node]:
    """Alice, and Bob and Carol whom she admitted; all linked."""
    alice, bob = pair(pipe)
    carol = pipe.node("carol")
    join(pipe, carol, invite(pipe, alice).link, "Carol")
    pipe.run()
    pipe.advance(3_000)
    return alice, bob, carol


def people(pipe: Pipe, node: Node, circle: str | None = None) -> dict[str, PersonView]:
    """Everybody by the name that this node shows."""
    shown = ask(pipe, node, commands.ListPersons(circle), tuple)
    return {person.name: person for person in shown}


def circle_id(node: Node) -> CircleId:
    """The node's first circle."""
    return node.store.circles.all()[0].circle_id


def device_id(node: Node) -> DeviceId:
    """Its device there."""
    return node.store.circles.all()[0].device_id


def person_id(node: Node) -> PersonId:
    """Its person there."""
    return node.store.circles.all()[0].person_id


def events(node: Node, kind: str) -> list[dict[str, object]]:
    """What a node noted of one kind."""
    return [dict(event.data) for event in node.store.events.since(0, 10_000) if event.kind == kind]
