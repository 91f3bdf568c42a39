"""The join handshake as a table (`coterie-join/1`). The caller is the joiner, the called side the inviter's door.

    start ─REQUEST→ requested ─ENCAPSULATION→ keyed ─INVITER_HELLO→ inviter-named ─INVITER_PROOF→ inviter-proved
    ─OPENING→ opened ─JOINER_PROOF→ joiner-proved ─GRANT→ granted ─CONSENT→ consented ─ADMISSION→ admitted
    ─OBJECTS→ admitted … ─OBJECTS_END→ handed-over ─ACKNOWLEDGEMENT→ done

From `keyed`, `joiner-proved` and `consented` the inviter may send REFUSAL instead, which closes. The first two frames
are in clear, all others sealed.
"""

from enum import IntEnum
from types import MappingProxyType

from coterie.core.wire.handshake import CLOSED, START, Role, Row, Table

DONE = "done"


class JoinFrame(IntEnum):
    """Frame types of `coterie-join/1`; no other protocol of ours uses these numbers."""

    REQUEST = 0x01
    ENCAPSULATION = 0x02
    INVITER_HELLO = 0x03
    INVITER_PROOF = 0x04
    OPENING = 0x05
    JOINER_PROOF = 0x06
    GRANT = 0x07
    CONSENT = 0x08
    ADMISSION = 0x09
    OBJECTS = 0x0A
    OBJECTS_END = 0x0B
    ACKNOWLEDGEMENT = 0x0C
    REFUSAL = 0x0D


_JOINER, _INVITER = Role.CALLER, Role.CALLED

JOIN_TABLE: Table = MappingProxyType(
    {
        (START, JoinFrame.REQUEST): Row(_JOINER, False, "requested"),
        ("requested", JoinFrame.ENCAPSULATION): Row(_INVITER, False, "keyed"),
        ("keyed", JoinFrame.INVITER_HELLO): Row(_INVITER, True, "inviter-named"),
        ("keyed", JoinFrame.REFUSAL): Row(_INVITER, True, CLOSED),
        ("inviter-named", JoinFrame.INVITER_PROOF): Row(_INVITER, True, "inviter-proved"),
        ("inviter-proved", JoinFrame.OPENING): Row(_JOINER, True, "opened"),
        ("opened", JoinFrame.JOINER_PROOF): Row(_JOINER, True, "joiner-proved"),
        ("joiner-proved", JoinFrame.GRANT): Row(_INVITER, True, "granted"),
        ("joiner-proved", JoinFrame.REFUSAL): Row(_INVITER, True, CLOSED),
        ("granted", JoinFrame.CONSENT): Row(_JOINER, True, "consented"),
        ("consented", JoinFrame.ADMISSION): Row(_INVITER, True, "admitted"),
        ("consented", JoinFrame.REFUSAL): Row(_INVITER, True, CLOSED),
        ("admitted", JoinFrame.OBJECTS): Row(_INVITER, True, "admitted"),
        ("admitted", JoinFrame.OBJECTS_END): Row(_INVITER, True, "handed-over"),
        ("handed-over", JoinFrame.ACKNOWLEDGEMENT): Row(_JOINER, True, DONE),
    }
)
