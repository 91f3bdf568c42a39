"""The table of connections; what one connection does is in test_link.py."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any
from unittest.mock import patch

from coterie.core.engine.ports.effects import Acknowledge, CloseConnection, SealLink, Transmit
from coterie.core.engine.ports.inputs import Closed, Input, Opened
from coterie.core.kernel.ids import CircleId, DeviceId, EndpointId, EnvelopeId
from coterie.core.kernel.limits import HANDSHAKE_FRAME_SECONDS
from coterie.core.wire.frames import encode_frame
from coterie.core.wire.peer_frames import ACK, Ack
from coterie.node.link import Link
from coterie.node.links import MAX_UNSEALED, Links

CIRCLE, DEVICE = CircleId(b"c" * 32), DeviceId(b"d" * 32)
ENVELOPE = EnvelopeId(b"v" * 32)


class FakeTransport:
    def __init__(self, dialled: bool = False) -> None:
        self.remote, self.dialled, self.ended, self.path = EndpointId(b"e" * 32), dialled, "", "direct"
        self.arrived = 0
        self.sent: list[bytes] = []
        self.heard = asyncio.Event()

    def limit_frames(self, size: int, skip: int = 0) -> None:
        pass

    def send(self, frame: bytes) -> None:
        self.sent.append(frame)

    async def receive(self) -> list[tuple[int, bytes]]:
        await self.heard.wait()
        self.heard.clear()
        return [] if self.ended else [(1, b"")]

    async def says_something(self) -> None:
        self.heard.set()
        await turns()

    async def close(self, reason: str) -> None:
        self.abort(reason)

    def abort(self, reason: str) -> None:
        self.ended = self.ended or reason
        self.heard.set()


class NoCipher:
    def seal(self, frame_type: int, body: bytes) -> bytes:
        return body

    open_sealed = seal

    def pass_over(self) -> None:
        raise AssertionError("nothing here is too long")


class Story:
    def __init__(self) -> None:
        self.inputs: list[Input] = []
        self.sealed: list[Link] = []
        self.ended: list[Link] = []
        self.time = 0.0
        self.links = Links(self, self.sealed.append, self.ended.append, lambda: self.time)

    def submit(self, entry: Input) -> "asyncio.Future[object]":
        self.inputs.append(entry)
        future: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        future.set_result(None)
        return future

    def insist(self, entry: Input) -> None:
        self.inputs.append(entry)

    async def adopts(self, dialled: bool = False) -> FakeTransport:
        transport = FakeTransport(dialled)
        self.links.adopt(transport, CIRCLE, False, DEVICE if dialled else None)
        await turns()
        return transport

    def seal(self, conn: int) -> None:
        self.links.seal(SealLink(conn, DEVICE, NoCipher()))


async def turns() -> None:
    for _ in range(6):
        await asyncio.sleep(0)


def bounded(tale: Callable[[Story], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    def run() -> None:
        async def told() -> None:
            story = Story()
            await tale(story)
            await story.links.stop()

        asyncio.run(asyncio.wait_for(told(), 10))

    run.__name__ = tale.__name__
    return run


@bounded
async def test_numbers_are_given_once(story: Story) -> None:
    one = await story.adopts()
    one.abort("x")
    await turns()
    await story.adopts(dialled=True)
    assert story.inputs == [
        Opened(1, CIRCLE, False, one.remote, False, None),
        Closed(1),
        Opened(2, CIRCLE, False, one.remote, True, DEVICE),
    ]


@bounded
async def test_effects_reach_their_connection_and_no_other(story: Story) -> None:
    one, two = await story.adopts(), await story.adopts()
    story.links.transmit(Transmit(2, 7, b"x"))
    story.links.transmit(Transmit(9, 7, b"nobody"))
    assert (one.sent, two.sent) == ([], [encode_frame(7, b"x")])
    story.links.close(CloseConnection(2, "done"))
    story.links.close(CloseConnection(9, "done"))
    await turns()
    assert (one.ended, two.ended) == ("", "done")
    story.links.transmit(Transmit(2, 7, b"gone"))
    assert len(two.sent) == 1


@bounded
async def test_only_proved_links_are_told(story: Story) -> None:
    one, two = await story.adopts(), await story.adopts()
    story.seal(1)
    story.seal(9)
    one.abort("x")
    two.abort("x")
    await turns()
    assert [link.opened.conn for link in story.sealed] == [1]
    assert [link.opened.conn for link in story.ended] == [1]


@bounded
async def test_acknowledgements_wait_for_the_end_of_the_batch(story: Story) -> None:
    one, two = await story.adopts(), await story.adopts()
    for conn in (1, 2, 1, 9):
        story.links.acknowledge(Acknowledge(conn, ENVELOPE))
    assert one.sent == two.sent == []
    story.links.flush_acks()
    story.links.flush_acks()
    assert one.sent == [encode_frame(ACK, Ack((ENVELOPE, ENVELOPE)).encode())]
    assert two.sent == [encode_frame(ACK, Ack((ENVELOPE,)).encode())]


@bounded
async def test_an_acknowledgement_leaves_before_a_close_of_the_same_batch(story: Story) -> None:
    one = await story.adopts()
    story.links.acknowledge(Acknowledge(1, ENVELOPE))
    story.links.close(CloseConnection(1, "replaced"))
    await turns()
    story.links.flush_acks()
    assert one.sent == [encode_frame(ACK, Ack((ENVELOPE,)).encode())]


@bounded
async def test_strangers_are_bounded_and_our_own_dials_are_not(story: Story) -> None:
    speaking = [await story.adopts() for _ in range(MAX_UNSEALED)]
    for transport in speaking:
        await transport.says_something()
    heard = len(story.inputs)
    late = await story.adopts()
    assert late.ended == "too-many-strangers"
    assert len(story.inputs) == heard
    ours = await story.adopts(dialled=True)
    assert ours.ended == ""
    story.seal(1)
    assert (await story.adopts()).ended == ""


@bounded
async def test_our_own_dials_take_no_place_of_a_stranger(story: Story) -> None:
    for _ in range(MAX_UNSEALED):
        await (await story.adopts(dialled=True)).says_something()
    assert (await story.adopts()).ended == ""


@bounded
async def test_A3_of_those_who_come_at_once_each_sends_another_away(story: Story) -> None:
    silent = [await story.adopts() for _ in range(MAX_UNSEALED)]
    for _ in range(3):
        assert story.links.adopt(FakeTransport(), CIRCLE, False)
    assert [transport.ended for transport in silent[:4]] == ["too-many-strangers"] * 3 + [""]


@bounded
async def test_the_newest_proved_link_to_a_device_of_a_circle_is_found(story: Story) -> None:
    one, two, _ = await story.adopts(), await story.adopts(), await story.adopts()
    assert story.links.to(CIRCLE, DEVICE) is None
    story.seal(1)
    story.seal(2)
    assert story.links.to(CIRCLE, DEVICE) is story.sealed[1]
    assert story.links.to(CircleId(b"o" * 32), DEVICE) is None
    assert story.links.to(CIRCLE, DeviceId(b"o" * 32)) is None
    two.abort("x")
    await turns()
    assert story.links.to(CIRCLE, DEVICE) is story.sealed[0]
    one.abort("x")
    await turns()
    assert story.links.to(CIRCLE, DEVICE) is None


@bounded
async def test_nothing_is_kept_of_a_connection_that_has_ended(story: Story) -> None:
    one = await story.adopts()
    story.links.acknowledge(Acknowledge(1, ENVELOPE))
    one.abort("x")
    await turns()
    assert (story.links._links, story.links._tasks, story.links._acking) == ({}, {}, set())


@bounded
async def test_it_ticks_until_it_is_cancelled(story: Story) -> None:
    with patch("coterie.node.links.TICK_SECONDS", 0):
        ticking = asyncio.create_task(story.links.run())
        silent = await story.adopts()
        assert silent.ended == ""
        story.time = HANDSHAKE_FRAME_SECONDS
        await turns()
        assert silent.ended == "silent"
        ticking.cancel()


@bounded
async def test_A3_many_who_say_nothing_keep_nobody_out(story: Story) -> None:
    first = await story.adopts()
    await first.says_something()
    silent = [await story.adopts() for _ in range(3 * MAX_UNSEALED)]
    open_ones = [transport for transport in silent if not transport.ended]
    assert first.ended == ""
    assert open_ones == silent[-MAX_UNSEALED + 1 :]
    assert {transport.ended for transport in silent} == {"", "too-many-strangers"}


@bounded
async def test_stopping_ends_all_and_the_engine_hears_of_each(story: Story) -> None:
    transports = [await story.adopts() for _ in range(3)]
    await story.links.stop()
    assert [transport.ended for transport in transports] == ["stopping"] * 3
    assert [entry for entry in story.inputs if isinstance(entry, Closed)] == [Closed(1), Closed(2), Closed(3)]
