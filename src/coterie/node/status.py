"""The node's status: what the engine knows, with what the shell knows of dialling."""

from coterie.adapters.peerlink.hints import parse_hint, to_socket_address
from coterie.api import status_schema
from coterie.core.engine.ports.views import CircleStatus, PeerStatus, StatusView
from coterie.core.kernel.ids import CircleId, DeviceId, from_base32, to_base32
from coterie.core.wire.hints import addresses_of, relay_of
from coterie.node.links import Links
from coterie.node.shell import Shell
from coterie.node.supervise import Attempts
from coterie.node.system import SystemClock

Dialling = dict[tuple[str, str], Attempts]


async def complete(view: StatusView, shell: Shell, started_at: str) -> status_schema.Status:
    """The record of the method `status`; the API server adds home, socket, pid and version."""
    dialling: Dialling = {
        (to_base32(attempts.want.circle_id), to_base32(attempts.want.device_id)): attempts
        for attempts in shell.supervisor.attempts()
        if not attempts.want.door
    }
    at_relay = await shell.endpoints.at_relay()
    circles = [
        _circle(circle, view.peers, dialling, shell.links, CircleId(from_base32(circle.id)) in at_relay)
        for circle in view.circles
    ]
    return status_schema.Status(
        node="ready",
        ready=True,
        started_at=started_at,
        last_event=view.last_event,
        queued=view.queued + sum(circle.queued for circle in circles),
        circles=circles,
    )


def _circle(
    circle: CircleStatus, peers: tuple[PeerStatus, ...], dialling: Dialling, standing: Links, at_relay: bool
) -> status_schema.CircleStatus:
    links = [
        _link(peer, dialling.get((circle.id, peer.device)), standing) for peer in peers if peer.circle == circle.id
    ]
    return status_schema.CircleStatus(
        id=circle.id,
        name=circle.name,
        endpoint_id=circle.endpoint_id,
        addresses=[to_socket_address(*parse_hint(hint)) for hint in addresses_of(circle.hints)],
        door=[to_socket_address(*parse_hint(hint)) for hint in addresses_of(circle.door)],
        relay=relay_of(circle.hints),
        at_relay=at_relay,
        queued=sum(link.queued for link in links),
        links=links,
    )


def _link(peer: PeerStatus, dialling: Attempts | None, standing: Links) -> status_schema.LinkStatus:
    link = standing.to(CircleId(from_base32(peer.circle)), DeviceId(from_base32(peer.device)))
    presence = "linked" if peer.linked else "dialling" if dialling is not None else "away"
    return status_schema.LinkStatus(
        person=peer.person,
        device_id=peer.device,
        presence=presence,
        path="" if link is None else link.path,
        queued=peer.waiting,
        linked_age_ms=max(0, SystemClock().now() - peer.since) if peer.linked else None,
        heard_age_ms=None if link is None else _milliseconds(link.silent),
        attempts=0 if dialling is None else dialling.failed,
        attempt_age_ms=None if dialling is None else _milliseconds(dialling.since),
        next_attempt_ms=None if dialling is None else _milliseconds(dialling.until),
        sent_bytes=0 if link is None else link.sent,
        received_bytes=0 if link is None else link.received,
    )


def _milliseconds(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)
