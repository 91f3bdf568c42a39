"""Which connections stand, and to whom: memory only, never the truth about anything durable."""

from dataclasses import dataclass, field

from coterie.core.kernel.ids import CircleId, ConversationId, DeviceId, EnvelopeId
from coterie.core.kernel.world import Instant


@dataclass(slots=True)
class Link:
    """An established link: the device at its other end is proved. `boot_id` tells its runs apart.

    `admitted` is False while the device is only introduced: it may hand us objects and gets nothing until they say
    that it belongs here.
    """

    conn: int
    circle_id: CircleId
    device_id: DeviceId
    boot_id: bytes
    dialled: bool
    since: Instant
    admitted: bool = True
    sent: set[EnvelopeId] = field(default_factory=set)
    """Envelopes that were handed to this link: it brings them or dies, so they are not handed to it twice."""
    backlog: set[ConversationId] = field(default_factory=set)
    """Conversations of which more waits than the window of this link lets through."""
    told: dict[ConversationId, bytes] = field(default_factory=dict)
    """The digest of our vector that the peer was last told, by conversation."""
    told_whole: dict[ConversationId, bytes] = field(default_factory=dict)
    """The same for vectors told in full."""
    passed_over: set[ConversationId] = field(default_factory=set)
    """Conversations of which the peer brought something that we could not take then: it is asked for it again."""
    shared: set[ConversationId] = field(default_factory=set)
    """Conversations that the peer was in when we last looked."""
    voided: dict[ConversationId, int] = field(default_factory=dict)
    """The epoch (its first number) in which numbers of ours were declared void because this peer lacks them."""
    heard: dict[ConversationId, bytes] = field(default_factory=dict)
    """The digest of the peer's vector that we heard last."""
    heard_objects: dict[bytes, tuple[bytes, bytes]] = field(default_factory=dict)
    """The digests of decisions and facts that the peer last said of a scope that we share."""
    wanted: set[bytes] = field(default_factory=set)
    """Scopes of which we asked the peer for everything that it has, and were not answered yet."""
    whole: set[bytes] = field(default_factory=set)
    """Scopes of which it then said what it has, and all of that is here."""


class Links:
    """The links of a node. A device has at most one."""

    def __init__(self) -> None:
        self._by_conn: dict[int, Link] = {}
        self._by_device: dict[tuple[CircleId, DeviceId], Link] = {}

    def add(self, link: Link) -> None:
        """Takes the place of an earlier link to the same device."""
        self._by_conn[link.conn] = link
        self._by_device[link.circle_id, link.device_id] = link

    def remove(self, conn: int) -> Link | None:
        """Forgets a link; None when this connection was not (or is no longer) one."""
        link = self._by_conn.pop(conn, None)
        if link is not None and self._by_device.get((link.circle_id, link.device_id)) is link:
            del self._by_device[link.circle_id, link.device_id]
        return link

    def get(self, conn: int) -> Link | None:
        return self._by_conn.get(conn)

    def to(self, circle_id: CircleId, device_id: DeviceId) -> Link | None:
        """The link to this device, if one stands."""
        return self._by_device.get((circle_id, device_id))

    def distrust(self) -> None:
        """A step was undone: what it believed to have handed over or told was not."""
        for link in self._by_conn.values():
            link.sent.clear()
            link.backlog.clear()
            link.told.clear()
            link.told_whole.clear()
            link.passed_over.clear()
            link.shared.clear()
            link.voided.clear()
            link.heard.clear()
            link.heard_objects.clear()
            link.wanted.clear()
            link.whole.clear()

    def of_circle(self, circle_id: CircleId) -> list[Link]:
        return [link for (circle, _), link in self._by_device.items() if circle == circle_id]
