"""Opening, replacing and closing on fake endpoints. Real ones: tests/e2e."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, cast

from coterie.adapters.peerlink.connection import PeerConnection
from coterie.adapters.peerlink.endpoint import DOOR_ALPN, PEER_ALPN, PeerEndpoint
from coterie.adapters.peerlink.listen import Listen
from coterie.core.engine.ports.effects import CloseEndpoint, OpenEndpoint, WatchPeer
from coterie.core.engine.ports.inputs import EndpointBound
from coterie.core.kernel.errors import PeerError, UserError
from coterie.core.kernel.ids import CircleId, DeviceId, EndpointId
from coterie.core.kernel.secret import Secret
from coterie.node.endpoints import OPEN_SECONDS, RETRY_SECONDS, WATCH_SECONDS, Endpoints
from coterie.testing.jumping_loop import JumpingLoop

CIRCLE, DEVICE = CircleId(b"c" * 32), DeviceId(b"d" * 32)
KEY, OTHER_KEY = Secret(b"k" * 32), Secret(b"o" * 32)


class FakeEndpoint:
    def __init__(self, port: int) -> None:
        self.port = port or 40_000
        self.addresses: tuple[bytes, ...] = (b"hint",)
        self.closed = False
        self.when_closed: Callable[[], object] = lambda: None
        self.dialled: list[tuple[EndpointId, Sequence[bytes], bytes]] = []
        self.reached = False

    def hints(self) -> tuple[bytes, ...]:
        return self.addresses

    async def at_relay(self) -> bool:
        await asyncio.sleep(0)
        return self.reached

    async def dial(self, endpoint_id: EndpointId, hints: Sequence[bytes], alpn: bytes) -> PeerConnection:
        self.dialled.append((endpoint_id, hints, alpn))
        return cast(PeerConnection, "a connection")

    async def close(self) -> None:
        await asyncio.sleep(0.01)
        self.closed = True
        self.when_closed()


class Story:
    def __init__(self) -> None:
        self.made: list[tuple[bytes, FakeEndpoint]] = []
        self.told: list[EndpointBound] = []
        self.incoming: list[tuple[object, CircleId, bool]] = []
        self.fail: Exception | None = None
        self.seconds_to_open = 0.0
        self.endpoints = Endpoints(Listen(), lambda *what: self.incoming.append(what), self.told.append, self.open_one)

    async def open_one(
        self, secret: Secret, alpn: bytes, listen: Listen, port: int, arrived: Callable[[PeerConnection], None]
    ) -> PeerEndpoint:
        await asyncio.sleep(self.seconds_to_open)
        if self.fail is not None:
            raise self.fail
        made = FakeEndpoint(port)
        self.made.append((alpn, made))
        arrived(cast(PeerConnection, "an arrival"))
        return cast(PeerEndpoint, made)


def want(door: bool = False) -> WatchPeer:
    return WatchPeer(CIRCLE, DEVICE, EndpointId(b"e" * 32), (b"there",), door=door)


def jumping(tale: Callable[[Story], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    def run() -> None:
        async def told() -> None:
            story = Story()
            await tale(story)
            await story.endpoints.stop()
            assert all(made.closed for _, made in story.made)

        with asyncio.Runner(loop_factory=JumpingLoop) as runner:
            runner.run(told())

    run.__name__ = tale.__name__
    return run


async def code_of(dial: Coroutine[Any, Any, PeerConnection]) -> str:
    try:
        await dial
    except PeerError as error:
        return error.code
    return ""


@jumping
async def test_an_endpoint_is_opened_and_told(story: Story) -> None:
    story.endpoints.open(OpenEndpoint(CIRCLE, False, KEY, 4711))
    story.endpoints.open(OpenEndpoint(CIRCLE, True, OTHER_KEY, 0))
    await asyncio.sleep(1)
    assert [alpn for alpn, _ in story.made] == [PEER_ALPN, DOOR_ALPN]
    assert story.told == [
        EndpointBound(CIRCLE, False, 4711, (b"hint",)),
        EndpointBound(CIRCLE, True, 40_000, (b"hint",)),
    ]
    assert story.incoming == [("an arrival", CIRCLE, False), ("an arrival", CIRCLE, True)]


@jumping
async def test_the_same_again_changes_nothing_and_another_key_replaces(story: Story) -> None:
    story.endpoints.open(OpenEndpoint(CIRCLE, True, KEY, 0))
    await asyncio.sleep(1)
    story.endpoints.open(OpenEndpoint(CIRCLE, True, KEY, 0))
    await asyncio.sleep(1)
    assert len(story.made) == 1
    story.endpoints.open(OpenEndpoint(CIRCLE, True, OTHER_KEY, 0))
    await asyncio.sleep(1)
    assert [made.closed for _, made in story.made] == [True, False]


@jumping
async def test_changes_while_it_opens_end_where_the_last_one_says(story: Story) -> None:
    story.seconds_to_open = 1
    story.endpoints.open(OpenEndpoint(CIRCLE, True, KEY, 0))
    await asyncio.sleep(0.5)
    story.endpoints.close(CloseEndpoint(CIRCLE, True))
    await asyncio.sleep(5)
    assert [made.closed for _, made in story.made] == [True]
    assert not story.endpoints.is_open(CIRCLE, True)
    story.endpoints.open(OpenEndpoint(CIRCLE, True, KEY, 0))
    await asyncio.sleep(5)
    assert story.endpoints.is_open(CIRCLE, True)


@jumping
async def test_one_that_is_wanted_again_in_the_turn_after_it_was_closed_is_opened(story: Story) -> None:
    wanted = OpenEndpoint(CIRCLE, True, KEY, 0)
    story.endpoints.open(wanted)
    await asyncio.sleep(1)
    story.made[0][1].when_closed = lambda: asyncio.get_running_loop().call_soon(story.endpoints.open, wanted)
    story.endpoints.close(CloseEndpoint(CIRCLE, True))
    await asyncio.sleep(5)
    assert story.endpoints.is_open(CIRCLE, True)


@jumping
async def test_one_that_cannot_be_closed_makes_way_all_the_same(story: Story) -> None:
    def fail() -> None:
        raise RuntimeError("the library is confused")

    story.endpoints.open(OpenEndpoint(CIRCLE, True, KEY, 0))
    await asyncio.sleep(1)
    story.made[0][1].when_closed = fail
    story.endpoints.open(OpenEndpoint(CIRCLE, True, OTHER_KEY, 4711))
    await asyncio.sleep(5)
    assert [bound.port for bound in story.told] == [40_000, 4711]


@jumping
async def test_the_address_of_one_that_is_not_wanted_any_more_is_told_to_nobody(story: Story) -> None:
    story.seconds_to_open = 1
    story.endpoints.open(OpenEndpoint(CIRCLE, True, KEY, 4711))
    await asyncio.sleep(0.5)
    story.endpoints.open(OpenEndpoint(CIRCLE, True, OTHER_KEY, 4712))
    await asyncio.sleep(5)
    assert [made.port for _, made in story.made] == [4711, 4712]
    assert [bound.port for bound in story.told] == [4712]


@jumping
async def test_what_cannot_be_bound_is_tried_again(story: Story) -> None:
    await fails_for_a_while(story, UserError("cannot-listen"))


@jumping
async def test_T111_a_library_that_fails_for_a_while_is_tried_again(story: Story) -> None:
    await fails_for_a_while(story, RuntimeError("too many open files"))


async def fails_for_a_while(story: Story, error: Exception) -> None:
    story.fail = error
    story.endpoints.open(OpenEndpoint(CIRCLE, False, KEY, 0))
    await asyncio.sleep(RETRY_SECONDS * 2.5)
    assert story.told == []
    story.fail = None
    await asyncio.sleep(RETRY_SECONDS)
    assert len(story.told) == 1


@jumping
async def test_new_addresses_are_told_once(story: Story) -> None:
    story.endpoints.open(OpenEndpoint(CIRCLE, False, KEY, 0))
    watching = asyncio.create_task(story.endpoints.run())
    await asyncio.sleep(WATCH_SECONDS * 3)
    assert len(story.told) == 1
    story.made[0][1].addresses = (b"moved",)
    await asyncio.sleep(WATCH_SECONDS * 3)
    assert [bound.hints for bound in story.told] == [(b"hint",), (b"moved",)]
    watching.cancel()


@jumping
async def test_at_the_relay_are_the_circles_whose_peer_endpoint_has_reached_it(story: Story) -> None:
    other = CircleId(b"o" * 32)
    for circle_id, door in ((CIRCLE, False), (CIRCLE, True), (other, False), (other, True)):
        story.endpoints.open(OpenEndpoint(circle_id, door, KEY, 0))
    await asyncio.sleep(1)
    assert await story.endpoints.at_relay() == frozenset()
    peers = [made for alpn, made in story.made if alpn == PEER_ALPN]
    doors = [made for alpn, made in story.made if alpn == DOOR_ALPN]
    peers[0].reached = doors[1].reached = True
    assert await story.endpoints.at_relay() == {CIRCLE}


@jumping
async def test_a_dial_waits_for_our_own_endpoint_and_names_the_protocol(story: Story) -> None:
    story.seconds_to_open = 2
    story.endpoints.open(OpenEndpoint(CIRCLE, False, KEY, 0))
    made: object = await story.endpoints.dial(want())
    assert made == "a connection"
    await story.endpoints.dial(want(door=True))
    assert [alpn for _, _, alpn in story.made[0][1].dialled] == [PEER_ALPN, DOOR_ALPN]


@jumping
async def test_a_dial_without_an_endpoint_fails(story: Story) -> None:
    assert await code_of(story.endpoints.dial(want())) == "no-address"
    story.seconds_to_open = OPEN_SECONDS * 2
    story.endpoints.open(OpenEndpoint(CIRCLE, False, KEY, 0))
    assert await code_of(story.endpoints.dial(want())) == "no-address"
