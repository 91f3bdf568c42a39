"""What the engine knows of links, with what the shell knows of dialling."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

from coterie.adapters.peerlink.hints import encode_hint
from coterie.core.engine.ports.effects import WatchPeer
from coterie.core.engine.ports.views import CircleStatus, PeerStatus, StatusView
from coterie.core.kernel.ids import CircleId, DeviceId, EndpointId, to_base32
from coterie.core.kernel.world import NEVER, Instant
from coterie.core.wire.hints import relay_hint
from coterie.node import status
from coterie.node.shell import Shell
from coterie.node.supervise import Attempts
from coterie.node.system import SystemClock

CIRCLE = CircleId(b"c" * 32)
LINKED, DIALLED, AWAY = (DeviceId(bytes([number]) * 32) for number in (1, 2, 3))


def shell(failed: int = 4, since: float | None = 1.5) -> Shell:
    def to(circle_id: CircleId, device_id: DeviceId) -> Any:
        found = SimpleNamespace(silent=0.25, sent=100, received=50, path="relay")
        return found if (circle_id, device_id) == (CIRCLE, LINKED) else None

    def want(device_id: DeviceId, door: bool) -> WatchPeer:
        return WatchPeer(CIRCLE, device_id, EndpointId(bytes(32)), (), door=door)

    attempts = [Attempts(want(DIALLED, False), failed, since, 2.0), Attempts(want(AWAY, True), 9, None, 0.0)]

    async def at_relay() -> frozenset[CircleId]:
        await asyncio.sleep(0)
        return frozenset({CIRCLE})

    parts = SimpleNamespace(
        links=SimpleNamespace(to=to),
        supervisor=SimpleNamespace(attempts=lambda: attempts),
        endpoints=SimpleNamespace(at_relay=at_relay),
    )
    return cast(Shell, parts)


def view(linked_ms_ago: int = 2_000) -> StatusView:
    circle = to_base32(CIRCLE)
    since = Instant(SystemClock().now() - linked_ms_ago)
    peers = tuple(
        PeerStatus(circle, name, to_base32(device), linked, since if linked else NEVER, waiting)
        for name, device, linked, waiting in (
            ("Ben", LINKED, True, 1),
            ("Carla", DIALLED, False, 2),
            ("Dora", AWAY, False, 0),
        )
    )
    relay, hint = relay_hint("https://relay.example/"), encode_hint("127.0.0.1", 4_000)
    return StatusView((CircleStatus(circle, "garden", "e", (relay, hint), (relay,)),), peers, 4, 17)


def test_links_attempts_and_queues() -> None:
    found = asyncio.run(status.complete(view(), shell(), "then"))
    assert (found.node, found.ready, found.last_event, found.started_at) == ("ready", True, 17, "then")
    [circle] = found.circles
    assert (circle.id, circle.name, circle.endpoint_id) == (to_base32(CIRCLE), "garden", "e")
    assert found.queued == 4 + circle.queued
    assert (circle.addresses, circle.door, circle.queued) == (["127.0.0.1:4000"], [], 3)
    assert (circle.relay, circle.at_relay) == ("https://relay.example/", True)
    ben, carla, dora = circle.links
    assert (ben.path, carla.path, dora.path) == ("relay", "", "")
    assert (ben.presence, ben.heard_age_ms, ben.sent_bytes, ben.received_bytes) == ("linked", 250, 100, 50)
    assert ben.linked_age_ms is not None
    assert 2_000 <= ben.linked_age_ms < 10_000
    assert [link.person for link in circle.links] == ["Ben", "Carla", "Dora"]
    assert [link.device_id for link in circle.links] == [to_base32(device) for device in (LINKED, DIALLED, AWAY)]
    assert (carla.sent_bytes, carla.received_bytes) == (0, 0)
    assert (carla.presence, carla.attempts, carla.attempt_age_ms, carla.next_attempt_ms) == ("dialling", 4, 1500, 2000)
    assert (carla.linked_age_ms, carla.heard_age_ms, carla.sent_bytes) == (None, None, 0)
    assert (dora.presence, dora.attempts, dora.attempt_age_ms, dora.next_attempt_ms) == ("away", 0, None, None)


def test_a_link_is_never_older_than_new_though_the_clock_went_back() -> None:
    [circle] = asyncio.run(status.complete(view(linked_ms_ago=-60_000), shell(), "then")).circles
    assert circle.links[0].linked_age_ms == 0


def test_a_dial_that_has_not_ended_yet_has_no_age() -> None:
    [circle] = asyncio.run(status.complete(view(), shell(failed=0, since=None), "then")).circles
    carla = circle.links[1]
    assert (carla.presence, carla.attempts, carla.attempt_age_ms) == ("dialling", 0, None)
