"""What the decisions about one group conversation say (PROTOCOL 2 and 5).

A person's standing there (outside, member, admin) is one register with a version: `Member`, `ConversationRole`
and `Leave` all write it, so who was removed can be added again.
"""

import itertools
from dataclasses import dataclass
from typing import ClassVar

from coterie.core.codec.tls import Reader, Writer, malformed
from coterie.core.kernel.ids import ID_SIZE, ConversationId, derive_id
from coterie.core.kernel.limits import CONVERSATION_PEOPLE
from coterie.core.trust.circle_bodies import read_version
from coterie.core.trust.cut import Cut, read_cut, write_cut
from coterie.core.trust.names import read_name, write_name
from coterie.core.trust.object_types import ObjectType
from coterie.core.trust.roles import Role, read_conversation_role

GROUP = 1
"""The only kind of conversation that begins with an object."""
NONCE_SIZE = 32


def group_conversation_id(circle_id: bytes, device_id: bytes, nonce: bytes) -> ConversationId:
    """Id of a group: random by its nonce, and bound to the device that may issue its `start`."""
    return ConversationId(derive_id("group", circle_id + device_id + nonce))


def two_person_conversation_id(circle_id: bytes, one: bytes, other: bytes) -> ConversationId:
    """Id of the conversation of two people, which needs no objects; the order of the two does not matter."""
    if one == other:
        raise ValueError("two different people")
    return ConversationId(derive_id("two", circle_id + min(one, other) + max(one, other)))


def own_conversation_id(circle_id: bytes, person_id: bytes) -> ConversationId:
    """Id of the conversation among one person's own devices."""
    return ConversationId(derive_id("self", circle_id + person_id))


@dataclass(frozen=True, slots=True)
class Start:
    """A group begins. The creator is its admin; `members` are the others, by rising person_id."""

    TYPE: ClassVar[ObjectType] = ObjectType.START
    nonce: bytes
    title: str
    creator: bytes
    members: tuple[bytes, ...]

    def write(self, out: Writer) -> None:
        write_name(out.u8(GROUP).fixed(self.nonce, NONCE_SIZE), self.title)
        out.fixed(self.creator, ID_SIZE).opaque(b"".join(self.members))


def read_start(reader: Reader) -> Start:
    """struct { u8 kind = 1; opaque nonce[32]; opaque title<V>; opaque creator[32]; PersonId members<V>; }"""
    if reader.u8() != GROUP:
        raise malformed("start: unknown kind of conversation")
    nonce, title, creator = reader.fixed(NONCE_SIZE), read_name(reader), reader.fixed(ID_SIZE)
    members = tuple(reader.vector(_read_person, limit=CONVERSATION_PEOPLE))
    if any(a >= b for a, b in itertools.pairwise(members)) or creator in members:
        raise malformed("start: members not in rising order, or the creator among them")
    return Start(nonce, title, creator, members)


def _read_person(reader: Reader) -> bytes:
    return reader.fixed(ID_SIZE)


@dataclass(frozen=True, slots=True)
class Member:
    """A person comes into the conversation or is put out of it."""

    TYPE: ClassVar[ObjectType] = ObjectType.MEMBER
    person_id: bytes
    version: int
    added: bool
    cut: Cut

    def write(self, out: Writer) -> None:
        write_cut(out.fixed(self.person_id, ID_SIZE).u32(self.version).boolean(self.added), self.cut)


def read_member(reader: Reader) -> Member:
    """struct { opaque person_id[32]; u32 version; u8 added; CutEntry cut<V>; }"""
    return Member(reader.fixed(ID_SIZE), read_version(reader), reader.boolean(), read_cut(reader))


@dataclass(frozen=True, slots=True)
class ConversationRole:
    """A member becomes an admin of the conversation, or an admin a member."""

    TYPE: ClassVar[ObjectType] = ObjectType.CONVERSATION_ROLE
    person_id: bytes
    version: int
    role: Role
    cut: Cut

    def write(self, out: Writer) -> None:
        write_cut(out.fixed(self.person_id, ID_SIZE).u32(self.version).u8(self.role), self.cut)


def read_conversation_role_change(reader: Reader) -> ConversationRole:
    """struct { opaque person_id[32]; u32 version; u8 role; CutEntry cut<V>; }"""
    person_id, version = reader.fixed(ID_SIZE), read_version(reader)
    return ConversationRole(person_id, version, read_conversation_role(reader), read_cut(reader))


@dataclass(frozen=True, slots=True)
class Settings:
    """Title and timer. `expire_after` is in seconds, 0 for never."""

    TYPE: ClassVar[ObjectType] = ObjectType.SETTINGS
    version: int
    title: str
    expire_after: int

    def write(self, out: Writer) -> None:
        write_name(out.u32(self.version), self.title)
        out.u32(self.expire_after)


def read_settings(reader: Reader) -> Settings:
    """struct { u32 version; opaque title<V>; u32 expire_after; }"""
    return Settings(read_version(reader), read_name(reader), reader.u32())


@dataclass(frozen=True, slots=True)
class Leave:
    """The issuer's person goes out of the conversation."""

    TYPE: ClassVar[ObjectType] = ObjectType.LEAVE
    version: int
    cut: Cut

    def write(self, out: Writer) -> None:
        write_cut(out.u32(self.version), self.cut)


def read_leave(reader: Reader) -> Leave:
    """struct { u32 version; CutEntry cut<V>; }"""
    return Leave(read_version(reader), read_cut(reader))


@dataclass(frozen=True, slots=True)
class ConversationCut:
    """Ends the chains of devices that are out of the circle; of others it names the branch that goes on."""

    TYPE: ClassVar[ObjectType] = ObjectType.CUT
    cut: Cut

    def write(self, out: Writer) -> None:
        write_cut(out, self.cut)


def read_conversation_cut(reader: Reader) -> ConversationCut:
    """struct { CutEntry cut<V>; }"""
    return ConversationCut(read_cut(reader))
