"""What was accepted, compared with what everybody holds in the end: exactly once, in history order, everywhere."""

from dataclasses import dataclass, field

from coterie.core.engine.ports.commands import ReadLog, SendMessage
from coterie.core.engine.ports.views import LogView, MessageView
from coterie.testing.world import World, WorldNode

FAILED = "failed"
"""In place of the text of what was accepted and then, as its author was told, could not be sent."""


@dataclass(slots=True)
class Ledger:
    """Accepted messages by id: (text, the names of the nodes that are to hold it, the conversation as each calls it)."""

    world: World
    accepted: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)

    def send(self, node: WorldNode, to: str, text: str, readers: dict[str, str]) -> None:
        """Sends, and notes what was accepted. `readers`: node name → what it calls the conversation."""
        sent = self.world.do(node, SendMessage(to, text))
        if not isinstance(sent, MessageView):
            raise TypeError("a send answers with a message")
        self.accepted[sent.id] = (text, readers)

    def faults(self) -> list[str]:
        """Everything that is not as it should be; empty when all is well."""
        self._forget_failed()
        found: list[str] = []
        orders: dict[tuple[str, ...], dict[str, list[str]]] = {}
        for name, conversation in self._places():
            found += self._check(name, conversation, orders)
        for people, by_node in orders.items():
            if len({tuple(ids) for ids in by_node.values()}) > 1:
                found.append(f"{people}: history differs")
        return found

    def _forget_failed(self) -> None:
        """What its author was told has failed is to be nowhere else; where it is, it is found as unexpected."""
        for name, conversation in self._places():
            for entry in self._log(name, conversation):
                if entry.state == "failed" and entry.id in self.accepted:
                    self.accepted[entry.id] = (FAILED, {name: conversation})

    def _places(self) -> list[tuple[str, str]]:
        return sorted({place for _, readers in self.accepted.values() for place in readers.items()})

    def _log(self, name: str, conversation: str) -> tuple[MessageView, ...]:
        log = self.world.do(self.world.nodes[name], ReadLog(conversation, limit=100_000))
        if not isinstance(log, LogView):
            raise TypeError("a log is a page")
        return log.entries

    def texts_at(self, name: str) -> set[str]:
        """Every text that this node's vault holds, in whatever conversation."""
        store = self.world.nodes[name].vault.store
        found: set[str] = set()
        for circle in store.circles.all():
            for conversation in store.conversations.all(circle.circle_id):
                page = store.messages.history(conversation.conversation_id, None, 100_000)
                found.update(message.text for message in page)
        return found

    def _check(self, name: str, conversation: str, orders: dict[tuple[str, ...], dict[str, list[str]]]) -> list[str]:
        entries = self._log(name, conversation)
        held = [entry.id for entry in entries]
        wanted = {
            id_: (text, readers) for id_, (text, readers) in self.accepted.items() if readers.get(name) == conversation
        }
        found = [f"{name}/{conversation}: lost {text}" for id_, (text, _) in wanted.items() if id_ not in held]
        found += [f"{name}/{conversation}: {id_} twice" for id_ in set(held) if held.count(id_) > 1]
        found += [f"{name}/{conversation}: unexpected {id_}" for id_ in held if id_ not in wanted]
        for entry in entries:
            if entry.id in wanted and entry.state != "failed" and entry.text != wanted[entry.id][0]:
                found.append(f"{name}/{conversation}: {entry.id} has another text")
            if entry.state in ("queued", "dispatched"):
                found.append(f"{name}/{conversation}: {entry.text} is still {entry.state} {entry.reason}")
        common = [id_ for id_ in held if id_ in wanted and wanted[id_][0] != FAILED]
        for text, readers in wanted.values():
            if text != FAILED:
                orders.setdefault(tuple(sorted(readers)), {})[name] = common
                break
        return found
