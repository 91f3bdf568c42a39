"""The link handshake as a table (`coterie-peer/1`). The caller is the dialler, the called side the listener.

    start ─(INTRODUCTION→ introduced)─HELLO→ greeted
    the listener holds the dialler's card:  greeted ─ANSWER→ answered ─KEY→ keyed
    the listener lacks it:                  greeted ─ANSWER_LACKING→ card-wanted ─CARD_KEY→ card-shown ─KEYS→ keyed
    keyed ─CONFIRM (dialler)→ half-confirmed ─CONFIRM (listener)→ done

Whoever is told an older revision of the other's card than it knows sends NEWER_CARD instead of its next frame, which
closes. All is in clear inside QUIC, save the two CONFIRMs: they are the first sealed frame of each side.
"""

from enum import IntEnum
from types import MappingProxyType

from coterie.core.wire.handshake import CLOSED, START, Role, Row, Table

DONE = "done"


class LinkFrame(IntEnum):
    """Frame types of the link handshake; no other protocol of ours uses these numbers."""

    INTRODUCTION = 0x20
    HELLO = 0x21
    ANSWER = 0x22
    ANSWER_LACKING = 0x23
    KEY = 0x24
    CARD_KEY = 0x25
    KEYS = 0x26
    CONFIRM = 0x27
    NEWER_CARD = 0x28


_DIALLER, _LISTENER = Role.CALLER, Role.CALLED

LINK_TABLE: Table = MappingProxyType(
    {
        (START, LinkFrame.INTRODUCTION): Row(_DIALLER, False, "introduced"),
        (START, LinkFrame.HELLO): Row(_DIALLER, False, "greeted"),
        ("introduced", LinkFrame.HELLO): Row(_DIALLER, False, "greeted"),
        ("greeted", LinkFrame.ANSWER): Row(_LISTENER, False, "answered"),
        ("greeted", LinkFrame.ANSWER_LACKING): Row(_LISTENER, False, "card-wanted"),
        ("greeted", LinkFrame.NEWER_CARD): Row(_LISTENER, False, CLOSED),
        ("answered", LinkFrame.KEY): Row(_DIALLER, False, "keyed"),
        ("answered", LinkFrame.NEWER_CARD): Row(_DIALLER, False, CLOSED),
        ("card-wanted", LinkFrame.CARD_KEY): Row(_DIALLER, False, "card-shown"),
        ("card-wanted", LinkFrame.NEWER_CARD): Row(_DIALLER, False, CLOSED),
        ("card-shown", LinkFrame.KEYS): Row(_LISTENER, False, "keyed"),
        ("keyed", LinkFrame.CONFIRM): Row(_DIALLER, True, "half-confirmed"),
        ("half-confirmed", LinkFrame.CONFIRM): Row(_LISTENER, True, DONE),
    }
)
