"""The table of connections; what one connection does is in test_link.py."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from coterie.core.engine.ports.effects import Acknowledge, CloseConnection, SealLink, Transmit
from coterie.core.engine.ports.inputs import Closed, Input, Opened
from coterie.core.kernel.ids import CircleId, DeviceId, EndpointId, EnvelopeId
from coterie.core.wire.frames import encode_frame
from coterie.core.wire.peer_frames import ACK, Ack
from coterie.node.link import Link
from coterie.node.links import MAX_UNSEALED, Links

CIRCLE, DEVICE = CircleId(b"c" * 32), DeviceId(b"d" * 32)
ENVELOPE = EnvelopeId(b"v" * 32)


class FakeTransport:
    def __init__(self, dialled: bool = False) -> None:
        self.remote, self.dialled, self.ended, self.path = EndpointId(b"e" * 32), dialled, "", "direct"
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
        self.links = Links(self, self.sealed.append, self.ended.append, lambda: 0.0)

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
    late = await story.adopts()
    assert late.ended == "too-many-strangers"
    ours = await story.adopts(dialled=True)
    assert ours.ended == ""
    story.seal(1)
    assert (await story.adopts()).ended == ""


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
