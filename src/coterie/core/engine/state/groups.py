"""MLS groups as the engine sees them: loaded from their rows, kept in memory until the transaction fails."""

from collections.abc import Mapping
from dataclasses import dataclass

from coterie.core.codec.items import Item, read_items, refuse_unknown_critical, write_items
from coterie.core.codec.tls import Reader, Writer, malformed, parse
from coterie.core.engine.state.context import Context
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import (
    ID_SIZE,
    ZERO_ID,
    CircleId,
    ConversationId,
    DeviceId,
    EpochId,
    PersonId,
    derive_id,
)
from coterie.core.mls.credential import Credential
from coterie.core.mls.extension import Extension, Extensions
from coterie.core.mls.group import Group
from coterie.core.mls.leaf_node import LeafNode
from coterie.core.mls.registry import EXTENSION_COTERIE
from coterie.core.mls.state import Delta

ITEM_BINDING = 1


@dataclass(frozen=True, slots=True)
class Roster:
    """Whose leaves a group has, in leaf order."""

    leaves: Mapping[DeviceId, int]
    people: Mapping[DeviceId, PersonId]

    def others(self, own: DeviceId) -> tuple[DeviceId, ...]:
        """Every device but our own."""
        return tuple(device for device in self.leaves if device != own)


def identity_of(leaf: LeafNode) -> tuple[PersonId, DeviceId]:
    """Whose leaf it is; `not-permitted` for one that names no person and device."""
    return identity_in(leaf.credential)


def identity_in(credential: Credential) -> tuple[PersonId, DeviceId]:
    """person_id ‖ device_id of a basic credential; refuses every other form as `not-permitted`."""
    identity = credential.identity
    if len(identity) != 2 * ID_SIZE:
        raise PeerError("not-permitted", "a leaf's identity is not a person and a device")
    return PersonId(identity[:ID_SIZE]), DeviceId(identity[ID_SIZE:])


def roster_of(group: Group) -> Roster:
    """Reads all leaves; a device that stands twice is refused."""
    leaves: dict[DeviceId, int] = {}
    people: dict[DeviceId, PersonId] = {}
    for index, leaf in group.members():
        person, device = identity_of(leaf)
        if device in leaves:
            raise PeerError("not-permitted", "a device has two leaves")
        leaves[device] = index
        people[device] = person
    return Roster(leaves, people)


def load(ctx: Context, group_id: bytes) -> tuple[Group, Roster]:
    """The present epoch of a group that we are in."""
    cached = ctx.memory.caches.get(("group", group_id))
    if isinstance(cached, tuple):
        return cached
    group = Group.load(ctx.store.conversations.rows(group_id))
    return keep(ctx, group)


def keep(ctx: Context, group: Group) -> tuple[Group, Roster]:
    """Remembers a group that was just entered."""
    pair = (group, roster_of(group))
    ctx.memory.caches["group", group.group_id] = pair
    return pair


def write(ctx: Context, group_id: bytes, delta: Delta) -> None:
    """Writes what an MLS call changed, in this transaction."""
    ctx.store.conversations.rows(group_id).write(delta.changes)


def epoch_id(group: Group) -> EpochId:
    """epoch_id = id("epoch", GroupContext)."""
    return EpochId(derive_id("epoch", group.context_bytes))


@dataclass(frozen=True, slots=True)
class Binding:
    """What a group's context says it is for. `policy_version` is 0 and `policy_hash` zero where there is no policy."""

    circle_id: CircleId
    conversation_id: ConversationId
    founder: DeviceId
    policy_version: int = 0
    policy_hash: bytes = ZERO_ID

    def extensions(self) -> Extensions:
        """The extension list of the GroupContext."""
        body = Writer().fixed(self.circle_id, ID_SIZE).fixed(self.conversation_id, ID_SIZE)
        body.fixed(self.founder, ID_SIZE).u64(self.policy_version).fixed(self.policy_hash, ID_SIZE)
        out = Writer()
        write_items(out, [Item(ITEM_BINDING, True, body.bytes())])
        return (Extension(EXTENSION_COTERIE, out.bytes()),)


def binding_of(group: Group) -> Binding:
    """What a group is bound to; `not-permitted` when it says nothing."""
    for extension in group.context.extensions:
        if extension.type == EXTENSION_COTERIE:
            return parse(_read_binding, extension.data)
    raise PeerError("not-permitted", "the group names no conversation")


def _read_binding(reader: Reader) -> Binding:
    items = read_items(reader)
    refuse_unknown_critical(items, frozenset({ITEM_BINDING}))
    for item in items:
        if item.type == ITEM_BINDING:
            return parse(_read_body, item.data)
    raise malformed("group context item")


def _read_body(reader: Reader) -> Binding:
    return Binding(
        CircleId(reader.fixed(ID_SIZE)),
        ConversationId(reader.fixed(ID_SIZE)),
        DeviceId(reader.fixed(ID_SIZE)),
        reader.u64(),
        reader.fixed(ID_SIZE),
    )
