"""The numbers of the object types, in one table (PROTOCOL 2).

The two highest bits tell a reader who does not know a type how to hold it: 0x8000, whoever does not know it
can no longer judge its scope (`needs-newer-version`); 0x4000, it is a fact, else a decision.
"""

from enum import IntEnum

CRITICAL = 0x8000
FACT = 0x4000

LAST_SERIAL = (1 << 64) - 1
"""Reserved: a restored device certifies its successor with it, without a predecessor, and ends (PROTOCOL 4)."""


class ObjectType(IntEnum):
    """Every type of protocol version 1."""

    FIRST = 0x8001
    CERTIFICATE = 0x8002
    RECOVERY = 0x8003
    REVOCATION = 0x8004
    GRANT = 0x8005
    WITHDRAWAL = 0x8006
    ADMISSION = 0x8007
    REMOVAL = 0x8008
    ROLE = 0x8009
    POLICY = 0x800A

    START = 0x8020
    MEMBER = 0x8021
    CONVERSATION_ROLE = 0x8022
    SETTINGS = 0x8023
    LEAVE = 0x8024
    CUT = 0x8025

    CARD = 0x4001
    ADDRESS = 0x4002
    PROFILE = 0x4003
    POSITION = 0x4004
    REJOIN = 0x4005


CIRCLE_DECISIONS = frozenset(ObjectType(number) for number in range(ObjectType.FIRST, ObjectType.POLICY + 1))
CONVERSATION_DECISIONS = frozenset(ObjectType(number) for number in range(ObjectType.START, ObjectType.CUT + 1))
FACTS = frozenset({ObjectType.CARD, ObjectType.ADDRESS, ObjectType.PROFILE, ObjectType.POSITION, ObjectType.REJOIN})


def is_fact(number: int) -> bool:
    """Whether an object of this type has a revision (else a serial)."""
    return bool(number & FACT)


def is_critical(number: int) -> bool:
    """Whether who does not know this type must stop deciding in its scope."""
    return bool(number & CRITICAL)


def label(number: int) -> str:
    """Label of the signature: it holds the number, so an unknown type can be verified, kept and handed on."""
    return f"Coterie 1 object {number:04x}"
