"""The connection on a fake QUIC: order, joining of writes, bounds and ends. Real QUIC: tests/e2e/test_peerlink.py."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, cast

import iroh
import pytest

from coterie.adapters.peerlink import connection as connection_module
from coterie.adapters.peerlink.connection import (
    LARGE_READ_SIZE,
    MAX_QUEUED,
    MAX_QUEUED_HANDSHAKE,
    READ_SIZE,
    WRITE_SIZE,
    PeerConnection,
)
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.limits import HANDOVER_SIZE, HANDSHAKE_FRAME_SIZE
from coterie.core.wire.frames import encode_frame


class Gone(iroh.IrohError):
    """What the library raises once the other end is gone."""

    def __init__(self) -> None:
        pass


class FakeQuic:
    """One object for the connection, the stream and both its halves."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.gone = False
        self.arriving: asyncio.Queue[bytes] = asyncio.Queue()
        self.may_write = asyncio.Event()
        self.may_write.set()
        self.extra_stream: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.log: list[object] = []
        self.asked: list[int] = []

    def remote_id(self) -> "FakeQuic":
        return self

    def to_bytes(self) -> bytes:
        return bytes(32)

    def send(self) -> "FakeQuic":
        return self

    recv = send

    async def accept_bi(self) -> None:
        await asyncio.get_running_loop().create_future()

    async def accept_uni(self) -> None:
        await self.extra_stream

    async def write_all(self, data: bytes) -> None:
        await self.may_write.wait()
        self._look()
        self.written.append(data)

    async def read(self, size: int) -> bytes:
        self.asked.append(size)
        self._look()
        return await self.arriving.get()

    async def finish(self) -> None:
        self._look()
        self.log.append("finish")

    async def stopped(self) -> None:
        self.log.append("stopped")

    def close(self, code: int, reason: bytes) -> None:
        self.log.append((code, reason))
        self.arriving.put_nowait(b"")

    def _look(self) -> None:
        if self.gone:
            raise Gone


def bounded(story: Callable[[PeerConnection, FakeQuic], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    def run() -> None:
        async def told() -> None:
            quic = FakeQuic()
            fake = PeerConnection(cast(iroh.Connection, quic), cast(iroh.BiStream, quic), dialled=True)
            await story(fake, quic)
            fake.abort("over")

        asyncio.run(asyncio.wait_for(told(), 10))

    run.__name__ = story.__name__
    return run


def why(connection: PeerConnection) -> str:
    return connection.ended


async def turns(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


@bounded
async def test_waiting_frames_leave_in_one_write(connection: PeerConnection, quic: FakeQuic) -> None:
    quic.may_write.clear()
    connection.send(b"first")
    await turns()
    connection.send(b"second")
    connection.send(b"third")
    connection.send(b"fourth")
    await turns()
    quic.may_write.set()
    await turns()
    assert quic.written == [b"first", b"secondthirdfourth"]


@bounded
async def test_one_write_is_bounded(connection: PeerConnection, quic: FakeQuic) -> None:
    for _ in range(40):
        connection.send(bytes(WRITE_SIZE // 16))
    await turns(20)
    assert b"".join(quic.written) == bytes(40 * (WRITE_SIZE // 16))
    assert max(map(len, quic.written)) == WRITE_SIZE


def fill(connection: PeerConnection, size: int) -> None:
    """Sends `size` bytes in frames of 64 KiB, numbered."""
    for number in range(size // 65_536):
        connection.send(number.to_bytes(4, "big") * 16_384)


@bounded
async def test_T128_what_a_peer_does_not_read_is_kept_up_to_the_bound_only(
    connection: PeerConnection, quic: FakeQuic
) -> None:
    connection.limit_frames(HANDSHAKE_FRAME_SIZE)
    quic.may_write.clear()
    fill(connection, MAX_QUEUED)
    connection.send(b"one more")
    connection.send(b"and more")
    assert connection._queued == MAX_QUEUED
    await turns()
    assert why(connection) == ""
    connection.abort("read nothing for too long")
    assert connection._queued == 0
    assert not connection._queue


@bounded
async def test_T128_a_peer_that_does_read_gets_what_was_taken_and_then_the_end(
    connection: PeerConnection, quic: FakeQuic
) -> None:
    connection.limit_frames(HANDSHAKE_FRAME_SIZE)
    fill(connection, 2 * MAX_QUEUED)
    await turns(200)
    assert why(connection) == "peer-too-slow"
    sent = b"".join(quic.written)
    assert len(sent) == MAX_QUEUED
    assert [sent[at : at + 4] for at in (0, MAX_QUEUED - 4)] == [
        bytes(4),
        (MAX_QUEUED // 65_536 - 1).to_bytes(4, "big"),
    ]
    assert quic.log == ["finish", "stopped", (0, b"")]


@bounded
async def test_T128_once_the_bound_was_reached_nothing_more_is_taken(
    connection: PeerConnection, quic: FakeQuic
) -> None:
    quic.may_write.clear()
    connection.send(b"first")
    await turns()
    connection.send(bytes(MAX_QUEUED_HANDSHAKE))
    connection.send(b"late, though there is room for it")
    quic.may_write.set()
    await turns()
    assert quic.written == [b"first"]
    assert why(connection) == "peer-too-slow"


@bounded
async def test_what_a_peer_has_taken_makes_room(connection: PeerConnection, quic: FakeQuic) -> None:
    connection.limit_frames(HANDSHAKE_FRAME_SIZE)
    for _ in range(3):
        fill(connection, MAX_QUEUED)
        await turns(200)
    assert len(b"".join(quic.written)) == 3 * MAX_QUEUED
    assert why(connection) == ""


@bounded
async def test_a_joiner_may_be_handed_a_whole_circle(connection: PeerConnection, quic: FakeQuic) -> None:
    quic.may_write.clear()
    fill(connection, HANDOVER_SIZE)
    assert connection._queued == HANDOVER_SIZE


@bounded
async def test_frames_are_read_as_they_come(connection: PeerConnection, quic: FakeQuic) -> None:
    whole = encode_frame(1, b"abc") + encode_frame(2, b"")
    for at in range(len(whole)):
        quic.arriving.put_nowait(whole[at : at + 1])
    assert await connection.receive() == [(1, b"abc")]
    assert connection.arrived == len(encode_frame(1, b"abc"))
    assert await connection.receive() == [(2, b"")]
    quic.arriving.put_nowait(b"")
    assert await connection.receive() == []
    assert why(connection) == "closed-by-peer"


@bounded
async def test_T004_the_limit_is_the_handshakes_until_it_is_raised(connection: PeerConnection, quic: FakeQuic) -> None:
    big = encode_frame(1, bytes(HANDSHAKE_FRAME_SIZE + 1))
    connection.limit_frames(HANDSHAKE_FRAME_SIZE + 1)
    quic.arriving.put_nowait(big)
    assert await connection.receive() == [(1, bytes(HANDSHAKE_FRAME_SIZE + 1))]
    connection.limit_frames(HANDSHAKE_FRAME_SIZE)
    quic.arriving.put_nowait(big[:5])
    with pytest.raises(PeerError) as caught:
        await connection.receive()
    assert caught.value.code == "too-large"


@bounded
async def test_a_close_waits_for_what_was_sent(connection: PeerConnection, quic: FakeQuic) -> None:
    quic.may_write.clear()
    connection.send(b"last words")
    closing = asyncio.create_task(connection.close("done"))
    await turns()
    assert why(connection) == ""
    quic.may_write.set()
    await closing
    assert quic.written == [b"last words"]
    assert quic.log == ["finish", "stopped", (0, b"")]
    assert why(connection) == "done"


@bounded
async def test_a_close_with_nothing_to_wait_for_is_quick(connection: PeerConnection, quic: FakeQuic) -> None:
    closing = asyncio.create_task(connection.close("done"))
    await turns()
    assert closing.done()
    assert quic.log == ["finish", "stopped", (0, b"")]


@bounded
async def test_a_close_waits_no_longer_than_its_limit(connection: PeerConnection, quic: FakeQuic) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection_module, "CLOSE_LIMIT", 0.01)
        quic.may_write.clear()
        connection.send(b"last words")
        await connection.close("done")
    assert (quic.log, why(connection)) == ([(0, b"")], "done")


@bounded
async def test_a_close_does_not_wait_for_an_end_that_came_first(connection: PeerConnection, quic: FakeQuic) -> None:
    quic.may_write.clear()
    connection.send(b"last words")
    closing = asyncio.create_task(connection.close("done"))
    await turns()
    connection.abort("first")
    await turns()
    assert closing.done()
    assert why(connection) == "first"


@bounded
async def test_who_is_gone_is_noticed_by_reading(connection: PeerConnection, quic: FakeQuic) -> None:
    quic.gone = True
    assert await connection.receive() == []
    assert why(connection) == "closed-by-peer"


@bounded
async def test_who_is_gone_is_noticed_by_writing(connection: PeerConnection, quic: FakeQuic) -> None:
    quic.gone = True
    connection.send(b"hello?")
    await turns()
    assert why(connection) == "lost"


@bounded
async def test_who_is_gone_can_be_closed(connection: PeerConnection, quic: FakeQuic) -> None:
    quic.gone = True
    await connection.close("done")
    assert why(connection) == "done"


def test_an_end_leaves_nothing_behind() -> None:
    async def story() -> None:
        complaints: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        before = asyncio.all_tasks()
        quic = FakeQuic()
        connection = PeerConnection(cast(iroh.Connection, quic), cast(iroh.BiStream, quic), dialled=True)
        await turns()
        connection.abort("over")
        connection.send(b"too late")
        await turns()
        assert asyncio.all_tasks() == before
        assert (connection._queued, complaints) == (0, [])

    asyncio.run(story())


@bounded
async def test_an_end_is_final_and_makes_receive_return(connection: PeerConnection, quic: FakeQuic) -> None:
    waiting = asyncio.create_task(connection.receive())
    await turns()
    connection.abort("first")
    connection.abort("second")
    await connection.close("third")
    assert await waiting == []
    assert why(connection) == "first"
    assert quic.log == [(0, b"")]


@bounded
async def test_another_stream_ends_it(connection: PeerConnection, quic: FakeQuic) -> None:
    quic.extra_stream.set_result(None)
    await turns()
    assert why(connection) == "unannounced-stream"


@bounded
async def test_no_stream_that_can_come_any_more_is_none(connection: PeerConnection, quic: FakeQuic) -> None:
    quic.extra_stream.set_exception(Gone())
    await turns()
    assert why(connection) == ""


@bounded
async def test_much_is_asked_for_only_after_a_read_that_was_full(fake: PeerConnection, quic: FakeQuic) -> None:
    fake.limit_frames(2 * LARGE_READ_SIZE)
    stream = encode_frame(64, bytes(READ_SIZE + LARGE_READ_SIZE))
    for size in (READ_SIZE, LARGE_READ_SIZE, 0):
        piece, stream = stream[:size] or stream, stream[size:]
        quic.arriving.put_nowait(piece)
    assert [len(body) for _, body in await fake.receive()] == [READ_SIZE + LARGE_READ_SIZE]
    assert quic.asked == [READ_SIZE, LARGE_READ_SIZE, LARGE_READ_SIZE]
    quic.arriving.put_nowait(encode_frame(64, b"short"))
    await fake.receive()
    assert quic.asked[-1] == READ_SIZE
