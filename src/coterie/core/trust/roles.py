"""The words of rank: roles of people and kinds of persons (PROTOCOL 1 and 2)."""

from enum import IntEnum

from coterie.core.codec.tls import Reader, malformed


class Role(IntEnum):
    """What a person may do in a circle. A higher number is the higher role.

    Inside one conversation the same scale serves: `NONE` outside, `MEMBER` inside, `ADMIN` its admin.
    """

    NONE = 0
    GUEST = 1
    MEMBER = 2
    ADMIN = 3
    OWNER = 4


class Kind(IntEnum):
    """What stands behind a certificate."""

    PERSON = 1
    APPLICATION = 2
    ARCHIVE = 3
    BRIDGE = 4


def read_role(reader: Reader) -> Role:
    """A u8: guest to owner. Anything else is `malformed`; `NONE` never travels."""
    value = reader.u8()
    if not Role.GUEST <= value <= Role.OWNER:
        raise malformed("role: unknown value")
    return Role(value)


def read_conversation_role(reader: Reader) -> Role:
    """A u8: member or admin, the two standings that a conversation knows."""
    value = reader.u8()
    if value not in (Role.MEMBER, Role.ADMIN):
        raise malformed("role: unknown value")
    return Role(value)


def read_kind(reader: Reader) -> Kind:
    """A u8 of `Kind`."""
    value = reader.u8()
    if not Kind.PERSON <= value <= Kind.BRIDGE:
        raise malformed("kind: unknown value")
    return Kind(value)
