"""Conversations on a pipe: what is said and read, and envelopes that an insider makes by hand with its real keys."""

from dataclasses import dataclass

from coterie.core.codec.items import Item
from coterie.core.crypto.signature import Signer
from coterie.core.crypto.signing import complete
from coterie.core.engine.circle import issuing
from coterie.core.engine.ports import commands
from coterie.core.engine.ports import effects as fx
from coterie.core.engine.ports.conversations import Conversation
from coterie.core.engine.ports.views import GroupView, LogView, MessageView
from coterie.core.engine.state import groups, identity
from coterie.core.kernel.ids import ConversationId, DeviceId, EpochId, from_base32
from coterie.core.mls.protect import protect
from coterie.core.trust.facts import Position
from coterie.core.wire import peer_frames
from coterie.core.wire.authenticated_data import AuthenticatedData, Kind, padded_size
from coterie.testing import scenes
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Frame, Node

GROUP = "Group"


def quartet(pipe: Pipe) -> tuple[Node, Node, Node, Node]:
    """Alice, Bob, Carol and Dave; all linked."""
    alice, bob, carol = scenes.trio(pipe)
    dave = pipe.node("dave")
    scenes.join(pipe, dave, scenes.invite(pipe, alice).link, "Dave")
    pipe.run()
    pipe.advance(3_000)
    return alice, bob, carol, dave


def group(pipe: Pipe, node: Node, *people: str, title: str = GROUP) -> GroupView:
    """A group conversation that this node starts."""
    return scenes.ask(pipe, node, commands.CreateGroup(title, people), GroupView)


def say(pipe: Pipe, node: Node, to: str, text: str) -> MessageView:
    """Sends a text; the pipe runs until nothing moves."""
    return scenes.ask(pipe, node, commands.SendMessage(to, text), MessageView)


def entries(pipe: Pipe, node: Node, conversation: str, *, read: bool = False) -> tuple[MessageView, ...]:
    """The history; with `read` a person has it before their eyes."""
    command = commands.ReadLog(conversation, limit=100_000, mark_read=read)
    return scenes.ask(pipe, node, command, LogView).entries


def texts(pipe: Pipe, node: Node, conversation: str) -> list[str]:
    """What the history says, oldest first."""
    return [entry.text for entry in entries(pipe, node, conversation)]


def state_of(pipe: Pipe, node: Node, message: MessageView) -> MessageView:
    """A message of ours as it stands now."""
    return scenes.ask(pipe, node, commands.GetMessage(message.id), MessageView)


def conversation_of(node: Node, kind: str = "two") -> Conversation:
    """The node's first conversation of this kind."""
    found = node.store.conversations.all(scenes.circle_id(node))
    return next(each for each in found if each.kind == kind)


def by_id(node: Node, shown: GroupView) -> Conversation:
    """A group conversation by its view."""
    found = node.store.conversations.get(ConversationId(from_base32(shown.id)))
    if found is None:
        raise LookupError("no such conversation here")
    return found


def leaves(pipe: Pipe, node: Node, kind: str = GROUP.lower()) -> set[DeviceId]:
    """The devices in the MLS group on which this node sends."""
    _, roster = groups.load(pipe.context(node), conversation_of(node, kind).group_id)
    return set(roster.leaves)


def epoch(node: Node, kind: str = GROUP.lower()) -> int:
    """Its epoch there."""
    record = node.store.conversations.group(conversation_of(node, kind).group_id)
    return -1 if record is None else record.epoch


def conn_to(node: Node, other: Node) -> int:
    """The number of the node's connection to another one."""
    return next(conn for conn, wire in node.wires.items() if wire.peer is not None and wire.peer.node is other)


def part(pipe: Pipe, *pairs: tuple[Node, Node]) -> None:
    """These pairs cannot reach each other from here on."""
    pipe.apart.update(frozenset((one.name, other.name)) for one, other in pairs)
    pipe.cut()
    pipe.run()


def meet(pipe: Pipe) -> None:
    """Everybody can reach everybody again; every link is made anew."""
    pipe.apart.clear()
    pipe.cut()
    pipe.run()


def sent(node: Node, frame: int) -> list[bytes]:
    """The bodies of all frames of one type that this node transmitted, each once."""
    found = [effect.body for effect in node.effects if isinstance(effect, fx.Transmit) and effect.type == frame]
    return list(dict.fromkeys(found))


def refusals(node: Node) -> list[str]:
    """Codes of what this node refused and showed."""
    return [str(event["code"]) for event in scenes.events(node, "envelope-refused")]


def shown_once(pipe: Pipe, node: Node, conversation: str) -> bool:
    """Nothing stands in the history twice."""
    held = [entry.id for entry in entries(pipe, node, conversation)]
    return len(held) == len(set(held))


@dataclass(frozen=True, slots=True)
class Lie:
    """What an insider writes into an envelope instead of the truth; None: the truth."""

    conversation_id: ConversationId | None = None
    sender_device: DeviceId | None = None
    number: int | None = None
    first: int | None = None
    epoch_id: bytes | None = None
    kind: int = Kind.CONTENT
    items: tuple[Item, ...] = ()
    signer: Signer | None = None


TRUTH = Lie()


def forge(pipe: Pipe, node: Node, conversation: Conversation, plaintext: bytes, lie: Lie = TRUTH) -> bytes:
    """The body of an Envelope frame, made with this member's keys and with whatever it claims; nothing is stored."""
    ctx = pipe.context(node)
    group_, _ = groups.load(ctx, conversation.group_id)
    number = conversation.next_number if lie.number is None else lie.number
    header = AuthenticatedData(
        kind=lie.kind,
        conversation_id=lie.conversation_id or conversation.conversation_id,
        sender_device=lie.sender_device or scenes.device_id(node),
        number=number,
        first=min(conversation.first, number) if lie.first is None else lie.first,
        epoch_id=lie.epoch_id or groups.epoch_id(group_)[:8],
        keep_until=0,
        items=lie.items,
    )
    work = protect(
        group_,
        ctx.store.conversations.rows(group_.group_id),
        plaintext,
        authenticated_data=header.encode(),
        padded_size=lambda size: padded_size(group_.suite, size),
        entropy=ctx.entropy,
    )
    protected = complete(work, lie.signer or identity.signer(ctx, conversation.circle_id))
    groups.write(ctx, group_.group_id, protected.delta)
    return peer_frames.Envelope(header.conversation_id, protected.message).encode()


def hand(pipe: Pipe, source: Node, target: Node, body: bytes, frame: int = peer_frames.ENVELOPE) -> None:
    """A frame over the link from `source` to `target`."""
    pipe.inject(target, conn_to(target, source), frame, body)


def no_parcels_to(pipe: Pipe, *nodes: Node) -> None:
    """No commit and no Welcome reaches these nodes, until `pipe.tamper` is None again."""

    def swallow(frame: Frame) -> bytes | None:
        return None if frame.target in nodes and frame.type == peer_frames.PARCEL else frame.body

    pipe.tamper = swallow


def claim_keys(pipe: Pipe, node: Node) -> None:
    """The node says, with its real key, that it stands in a group that nobody knows."""
    scope = conversation_of(node, "group").conversation_id
    made_up = Position(b"\x01" * 16, 9, EpochId(b"\x66" * 32), 0)
    issuing.tell(pipe.context(node), scenes.circle_id(node), scope, scope, made_up)
