"""What commands answer: plain records that the node turns into API results field by field."""

from dataclasses import dataclass, field

from coterie.core.kernel.world import Instant


@dataclass(frozen=True, slots=True)
class CircleView:
    """`state`: active, left or removed. `role`: ours."""

    id: str
    name: str
    pseudonym: str
    person_id: str
    device_id: str
    role: str
    state: str
    suite: str
    people: int
    created_at: Instant


@dataclass(frozen=True, slots=True)
class DeviceView:
    id: str
    active: bool
    created_at: Instant


@dataclass(frozen=True, slots=True)
class PersonView:
    """`state`: active or removed. `words` where both sides have them."""

    id: str
    name: str
    circle: str
    role: str
    state: str
    verified: bool
    me: bool
    devices: tuple[DeviceView, ...]
    admitted_by: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class CircleDetails:
    circle: CircleView
    people: tuple[PersonView, ...]


@dataclass(frozen=True, slots=True)
class InvitationView:
    """`state`: open, claimed, waiting-for-approval, used, expired, withdrawn, denied. `link` only when just made."""

    id: str
    circle: str
    state: str
    approve: bool
    expires_at: Instant
    attempts: int
    created_at: Instant
    joiner: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class JoinView:
    """`state`: dialling, waiting-for-approval, joined or refused (then `code` says why). `id`: the invitation's;
    `relay`: the URL of the relay that it names, or empty."""

    id: str
    pseudonym: str
    state: str
    circle: str
    circle_id: str
    code: str = ""
    inviter: str = ""
    words: str = ""
    relay: str = ""


@dataclass(frozen=True, slots=True)
class GroupView:
    id: str
    title: str
    circle: str
    admin: bool
    people: tuple[str, ...]
    state: str
    created_at: Instant


@dataclass(frozen=True, slots=True)
class ReceiptView:
    person: str
    state: str
    at: Instant


@dataclass(frozen=True, slots=True)
class MessageView:
    """One line of a conversation. `kind`: message, or the name of an event of the conversation's life.

    `state`: for ours queued, dispatched, delivered, read, expired or failed, the least over all recipients; for
    others' received or read. Times are Instants, 0 when unknown.
    """

    id: str
    kind: str
    conversation: str
    from_: str
    text: str
    state: str
    sent_at: Instant
    received_at: Instant
    reason: str = ""
    receipts: tuple[ReceiptView, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class LogView:
    """A page of a conversation, oldest first; `more`: entries follow the last one here."""

    conversation: str
    entries: tuple[MessageView, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class PeerStatus:
    """`circle` is the id; `since` when the link came to stand, 0 without one. The shell, which dials, adds attempts."""

    circle: str
    person: str
    device: str
    linked: bool
    since: Instant
    waiting: int


@dataclass(frozen=True, slots=True)
class CircleStatus:
    """`hints` and `door`: where our endpoints of this circle are bound, as address hints."""

    id: str
    name: str
    endpoint_id: str
    hints: tuple[bytes, ...]
    door: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class StatusView:
    circles: tuple[CircleStatus, ...]
    peers: tuple[PeerStatus, ...]
    queued: int
    last_event: int
