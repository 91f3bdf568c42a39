"""One connection on a fake transport, a fake driver and a fake clock."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any
from unittest.mock import patch

from coterie.core.crypto.aead import TAG_SIZE
from coterie.core.engine.ports.effects import SealLink
from coterie.core.engine.ports.inputs import Closed, Input, Opened, Received
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import CircleId, DeviceId, EndpointId, EnvelopeId
from coterie.core.kernel.limits import HANDSHAKE_FRAME_SECONDS, HANDSHAKE_SECONDS, LINK_FRAME_SIZE, LINK_HOURS
from coterie.core.wire.frames import HEADER_SIZE, TOO_LARGE, FrameReader
from coterie.core.wire.peer_frames import ACK, PING, PONG, Ack, Ping, Pong
from coterie.node.driver import BatchFailedError
from coterie.node.link import DEAD_SECONDS, LARGEST_BODY, MAX_REFUSED, PING_SECONDS, Link
from coterie.node.window import WINDOW, WINDOW_BYTES

CIRCLE, DEVICE, REMOTE = CircleId(b"c" * 32), DeviceId(b"d" * 32), EndpointId(b"e" * 32)
HELLO, CONTENT = 0x01, 0x43


class FakeTransport:
    """What the peer sends is put into `arriving`; what we send is in `sent`."""

    def __init__(self, dialled: bool = False) -> None:
        self.remote, self.dialled, self.ended, self.path = REMOTE, dialled, "", "direct"
        self.arrived = 0
        self.arriving: asyncio.Queue[list[tuple[int, bytes]]] = asyncio.Queue()
        self.sent: list[tuple[int, bytes]] = []
        self.limit = 0
        self.closes: list[str] = []
        self.may_close = asyncio.Event()
        self.may_close.set()

    def limit_frames(self, size: int, skip: int = 0) -> None:
        self.limit = size

    def send(self, frame: bytes) -> None:
        self.sent += FrameReader(LINK_FRAME_SIZE).feed(frame)

    async def receive(self) -> list[tuple[int, bytes]]:
        return await self.arriving.get()

    async def close(self, reason: str) -> None:
        self.closes.append(reason)
        await self.may_close.wait()
        self.abort(reason)

    def abort(self, reason: str) -> None:
        if not self.ended:
            self.ended = reason
            self.arriving.put_nowait([])


class FakeDriver:
    """Answers each input at once, or holds it; `refuse` makes the next ones fail."""

    def __init__(self) -> None:
        self.inputs: list[Input] = []
        self.refuse: Exception | None = None
        self.hold = False
        self.held: list[asyncio.Future[object]] = []
        self.on_input: Callable[[Input], None] = lambda _: None

    def submit(self, entry: Input) -> "asyncio.Future[object]":
        self.inputs.append(entry)
        self.on_input(entry)
        future: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        if self.hold:
            self.held.append(future)
        elif self.refuse is not None:
            future.set_exception(self.refuse)
            future.exception()
        else:
            future.set_result(None)
        return future

    def insist(self, entry: Input) -> None:
        self.inputs.append(entry)

    def release(self) -> None:
        """Answers everything held, and holds no more."""
        self.hold = False
        for future in self.held:
            if not future.done():
                future.set_result(None)


class ReversingCipher:
    """Sealed bytes are reversed, with an S behind; anything else does not open."""

    def __init__(self) -> None:
        self.passed_over = 0

    def seal(self, frame_type: int, body: bytes) -> bytes:
        return body[::-1] + b"S"

    def open_sealed(self, frame_type: int, body: bytes) -> bytes:
        if not body.endswith(b"S"):
            raise PeerError("bad-ciphertext")
        return body[-2::-1]

    def pass_over(self) -> None:
        self.passed_over += 1


class TaggingCipher(ReversingCipher):
    """Sealed bytes are as much longer as they are with a real cipher."""

    def seal(self, frame_type: int, body: bytes) -> bytes:
        return body + bytes(TAG_SIZE)


class Story:
    """A link with everything around it."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.transport = FakeTransport()
        self.driver = FakeDriver()
        self.cipher = ReversingCipher()
        self.link = Link(Opened(1, CIRCLE, False, REMOTE, False), self.transport, self.driver, lambda: self.time)
        self.task = asyncio.create_task(self.link.run())

    async def hears(self, *frames: tuple[int, bytes]) -> None:
        self.transport.arriving.put_nowait(list(frames))
        await turns()

    def seal(self) -> None:
        self.link.seal(SealLink(1, DEVICE, self.cipher))

    def passes(self, seconds: float) -> None:
        """Time, and a tick at its end."""
        self.time += seconds
        self.link.tick()

    def ended(self) -> str:
        return self.transport.ended

    def said(self) -> list[tuple[int, bytes]]:
        """What was sent since the last look, sealed bodies as they are."""
        sent, self.transport.sent = self.transport.sent, []
        return sent


async def turns(count: int = 8) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def bounded(tale: Callable[[Story], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    def run() -> None:
        async def told() -> None:
            story = Story()
            await turns()
            await tale(story)
            story.link.abort("over")
            await story.task

        asyncio.run(asyncio.wait_for(told(), 10))

    run.__name__ = tale.__name__
    return run


@bounded
async def test_the_engine_hears_of_the_opening_the_frames_and_the_end(story: Story) -> None:
    await story.hears((HELLO, b"a"), (HELLO, b"b"))
    story.transport.abort("closed-by-peer")
    await story.task
    assert story.driver.inputs == [
        Opened(1, CIRCLE, False, REMOTE, False),
        Received(1, HELLO, b"a"),
        Received(1, HELLO, b"b"),
        Closed(1),
    ]
    assert story.link.settled.done()


@bounded
async def test_a_refused_opening_closes_without_a_byte(story: Story) -> None:
    story.driver.refuse = PeerError("unknown-endpoint")
    other = FakeTransport()
    await Link(story.link.opened, other, story.driver, lambda: 0.0).run()
    assert (other.ended, other.sent) == ("unknown-endpoint", [])


@bounded
async def test_any_refusal_in_a_handshake_ends_it(story: Story) -> None:
    story.driver.refuse = PeerError("malformed")
    await story.hears((HELLO, b"?"))
    assert story.ended() == "malformed"
    assert story.said() == []


@bounded
async def test_the_frame_after_the_one_that_seals_is_opened(story: Story) -> None:
    """Both come in one read: the second must not reach the engine as it stands on the wire."""

    def on_input(entry: Input) -> None:
        if isinstance(entry, Received) and entry.type == HELLO:
            story.link.transmit(0x02, b"clear")
            story.seal()
            story.link.transmit(0x03, b"confirm")

    story.driver.on_input = on_input
    await story.hears((HELLO, b"clear"), (CONTENT, b"terces" + b"S"))
    assert story.driver.inputs[-1] == Received(1, CONTENT, b"secret")
    assert story.said() == [(0x02, b"clear"), (0x03, b"mrifnocS")]
    assert story.transport.limit == LINK_FRAME_SIZE
    assert story.link.settled.done()


@bounded
async def test_what_status_shows_of_it(story: Story) -> None:
    story.seal()
    story.link.transmit(CONTENT, b"three")
    await story.hears((CONTENT, b"fourS"))
    story.time += 2
    assert (story.link.sent, story.link.received, story.link.silent) == (HEADER_SIZE + 6, HEADER_SIZE + 5, 2)


@bounded
async def test_T003_a_frame_that_does_not_open_ends_the_link(story: Story) -> None:
    story.seal()
    await story.hears((CONTENT, b"forged"))
    assert story.ended() == "bad-ciphertext"
    assert not any(isinstance(entry, Received) for entry in story.driver.inputs)


@bounded
async def test_pings_are_answered_here_and_pongs_end_here(story: Story) -> None:
    story.seal()
    await story.hears((PING, Ping(5).encode()[::-1] + b"S"), (PONG, Pong(6).encode()[::-1] + b"S"))
    assert story.said() == [(PONG, Pong(5).encode()[::-1] + b"S")]
    assert not any(isinstance(entry, Received) for entry in story.driver.inputs)


@bounded
async def test_a_malformed_ping_ends_the_link(story: Story) -> None:
    story.seal()
    await story.hears((PING, b"S"))
    assert story.ended() == "malformed"


@bounded
async def test_a_sealed_link_pings_every_three_seconds(story: Story) -> None:
    story.seal()
    for _ in range(9):
        story.passes(1)
    assert [frame_type for frame_type, _ in story.said()] == [PING] * int(9 // PING_SECONDS)


@bounded
async def test_a_link_on_which_something_comes_needs_no_ping(story: Story) -> None:
    story.seal()
    for _ in range(9):
        story.passes(1)
        await story.hears((PONG, Pong(1).encode()[::-1] + b"S"))
    assert story.said() == []
    for _ in range(int(PING_SECONDS)):
        story.passes(1)
    assert [frame_type for frame_type, _ in story.said()] == [PING]


@bounded
async def test_a_link_without_any_frame_for_ten_seconds_is_dead(story: Story) -> None:
    story.seal()
    story.passes(DEAD_SECONDS - 1)
    await story.hears((PONG, Pong(1).encode()[::-1] + b"S"))
    story.passes(DEAD_SECONDS - 1)
    assert story.ended() == ""
    story.passes(1)
    await story.task
    assert story.ended() == "dead"
    assert story.driver.inputs[-1] == Closed(1)


@bounded
async def test_a_long_frame_on_a_slow_line_does_not_make_its_sender_dead(story: Story) -> None:
    story.seal()
    for _ in range(3):
        story.transport.arrived += 100_000
        story.passes(DEAD_SECONDS - 1)
    assert story.ended() == ""
    story.passes(DEAD_SECONDS)
    assert story.ended() == "dead"


@bounded
async def test_a_stranger_gets_no_more_time_for_a_frame_that_comes_byte_by_byte(story: Story) -> None:
    for _ in range(HANDSHAKE_FRAME_SECONDS):
        assert story.ended() == ""
        story.transport.arrived += 1
        story.passes(1)
    assert story.ended() == "silent"


@bounded
async def test_a_busy_engine_does_not_make_its_peer_dead(story: Story) -> None:
    story.seal()
    story.driver.hold = True
    await story.hears(*[(CONTENT, b"S")] * (WINDOW + 1))
    story.passes(2 * DEAD_SECONDS)
    assert story.ended() == ""
    story.driver.release()


@bounded
async def test_T128_no_more_than_a_window_waits_for_the_engine(story: Story) -> None:
    story.seal()
    story.driver.hold = True
    await story.hears(*[(CONTENT, b"S")] * (2 * WINDOW))
    assert len(story.driver.held) == WINDOW
    story.driver.held[0].set_result(None)
    await turns()
    assert len(story.driver.held) == WINDOW + 1
    story.driver.release()


@bounded
async def test_T128_nor_more_bytes_than_a_window(story: Story) -> None:
    story.seal()
    story.driver.hold = True
    large = bytes(LINK_FRAME_SIZE - 1) + b"S"
    await story.hears(*[(CONTENT, large)] * 16)
    assert len(story.driver.held) == WINDOW_BYTES // LINK_FRAME_SIZE
    story.passes(2 * DEAD_SECONDS)
    assert story.ended() == ""
    story.driver.release()


@bounded
async def test_a_frame_that_fits_no_link_is_left_out_and_the_link_lives(story: Story) -> None:
    story.cipher = TaggingCipher()
    story.seal()
    story.link.transmit(CONTENT, bytes(LARGEST_BODY + 1))
    story.link.transmit(CONTENT, b"next")
    assert story.said() == [(CONTENT, b"next" + bytes(TAG_SIZE))]
    story.link.transmit(CONTENT, bytes(LARGEST_BODY))
    assert [len(body) for _, body in story.said()] == [LINK_FRAME_SIZE]
    assert story.ended() == ""


@bounded
async def test_a_silent_stranger_has_ten_seconds(story: Story) -> None:
    story.passes(HANDSHAKE_FRAME_SECONDS - 1)
    assert story.ended() == ""
    story.passes(1)
    assert (story.transport.ended, story.said()) == ("silent", [])


@bounded
async def test_a_handshake_has_thirty_seconds_however_busy(story: Story) -> None:
    for _ in range(HANDSHAKE_SECONDS // 5 - 1):
        await story.hears((HELLO, b"x"))
        story.passes(5)
    assert story.ended() == ""
    await story.hears((HELLO, b"x"))
    story.passes(5)
    assert story.ended() == "handshake-too-slow"


@bounded
async def test_a_link_is_made_anew_after_a_day(story: Story) -> None:
    story.seal()
    story.time += LINK_HOURS * 3600 - 1
    await story.hears((PONG, Pong(1).encode()[::-1] + b"S"))
    story.passes(0)
    await turns()
    assert story.ended() == ""
    story.passes(1)
    await story.task
    assert story.ended() == "worn-out"


@bounded
async def test_the_time_of_a_link_begins_when_it_is_sealed(story: Story) -> None:
    story.time += DEAD_SECONDS - 1
    story.seal()
    story.passes(1)
    assert (story.ended(), story.said()) == ("", [])


@bounded
async def test_frames_that_are_taken_are_never_too_many(story: Story) -> None:
    story.seal()
    with patch("coterie.node.link.log_bug") as logged:
        await story.hears(*[(CONTENT, b"S")] * (MAX_REFUSED + 1))
    assert (story.ended(), logged.called) == ("", False)


@bounded
async def test_a_bug_in_taking_a_frame_is_logged_and_what_a_peer_did_wrong_is_not(story: Story) -> None:
    story.seal()
    with patch("coterie.node.link.log_bug") as logged:
        story.driver.refuse = PeerError("malformed")
        await story.hears((CONTENT, b"S"))
        assert not logged.called
        story.driver.refuse = KeyError()
        await story.hears(*[(CONTENT, b"S")] * (MAX_REFUSED - 1))
        assert logged.call_count == MAX_REFUSED - 1
    assert story.ended() == "too-many-refused"


@bounded
async def test_T004_a_refused_frame_does_not_end_a_link_but_many_do(story: Story) -> None:
    story.seal()
    story.driver.refuse = PeerError("malformed")
    await story.hears(*[(CONTENT, b"S")] * (MAX_REFUSED - 1))
    assert story.ended() == ""
    await story.hears((CONTENT, b"S"))
    assert story.ended() == "too-many-refused"


@bounded
async def test_T004_a_frame_that_is_too_long_is_passed_over_and_the_next_one_read(story: Story) -> None:
    story.seal()
    await story.hears((TOO_LARGE, b""), (CONTENT, b"ollehS"))
    assert story.driver.inputs[-1] == Received(1, CONTENT, b"hello")
    assert (story.ended(), story.cipher.passed_over) == ("", 1)
    await story.hears(*[(TOO_LARGE, b"")] * (MAX_REFUSED - 1))
    assert story.ended() == "too-many-refused"


@bounded
async def test_a_batch_that_was_lost_ends_the_link_so_that_all_is_sent_again(story: Story) -> None:
    story.seal()
    story.driver.refuse = BatchFailedError("disk-full")
    await story.hears((CONTENT, b"S"))
    assert story.ended() == "disk-full"


@bounded
async def test_acknowledgements_of_a_batch_are_one_frame(story: Story) -> None:
    story.seal()
    one, two = EnvelopeId(b"1" * 32), EnvelopeId(b"2" * 32)
    story.link.acknowledge(one)
    story.link.acknowledge(two)
    assert story.said() == []
    story.link.flush_acks()
    story.link.flush_acks()
    assert story.said() == [(ACK, Ack((one, two)).encode()[::-1] + b"S")]


@bounded
async def test_a_close_sends_what_is_owed_and_nothing_after(story: Story) -> None:
    story.link.transmit(HELLO, b"invite-used")
    story.link.close("refused")
    story.link.transmit(HELLO, b"too late")
    story.link.close("again")
    await story.task
    assert story.said() == [(HELLO, b"invite-used")]
    assert story.ended() == "refused"
    assert story.transport.closes == ["refused"]


@bounded
async def test_a_peer_that_says_no_more_does_not_cut_what_is_owed_to_it(story: Story) -> None:
    story.transport.may_close.clear()
    story.link.close("refused")
    await story.hears()
    assert story.ended() == ""
    story.transport.may_close.set()
    await story.task
    assert story.ended() == "refused"


@bounded
async def test_a_link_that_ended_as_it_was_sealed_does_no_harm(story: Story) -> None:
    story.transport.abort("gone")
    await story.task
    story.seal()


@bounded
async def test_what_comes_after_a_close_has_begun_reaches_nobody(story: Story) -> None:
    story.seal()
    story.transport.arriving.put_nowait([(CONTENT, b"S")])
    story.link.close("refused")
    await story.task
    assert not any(isinstance(entry, Received) for entry in story.driver.inputs)


@bounded
async def test_nothing_is_written_to_a_connection_that_has_ended(story: Story) -> None:
    story.transport.abort("gone")
    story.link.transmit(HELLO, b"too late")
    assert story.said() == []


@bounded
async def test_a_peer_that_says_no_more_has_ended_the_connection(story: Story) -> None:
    await story.hears()
    await story.task
    assert story.ended() == "ended"


@bounded
async def test_a_bug_or_a_lost_batch_in_a_handshake_ends_that_connection(story: Story) -> None:
    story.driver.refuse = BatchFailedError("disk-full")
    await story.hears((HELLO, b"x"))
    assert story.ended() == "disk-full"

    def broken(_: Input) -> None:
        raise KeyError

    story.driver.refuse, story.driver.on_input = None, broken
    other = FakeTransport()
    with patch("coterie.node.link.log_bug") as logged:
        await Link(story.link.opened, other, story.driver, lambda: 0.0).run()
    assert (other.ended, logged.call_count) == ("internal", 1)


@bounded
async def test_a_link_is_made_anew_after_so_many_frames_of_both(story: Story) -> None:
    story.seal()
    with patch("coterie.node.link.LINK_FRAMES", 4):
        await story.hears((PING, Ping(1).encode()[::-1] + b"S"), (PONG, Pong(1).encode()[::-1] + b"S"))
        story.passes(1)
        await turns()
        assert story.ended() == ""
        story.link.transmit(CONTENT, b"the fourth")
        story.passes(1)
        await story.task
    assert story.ended() == "worn-out"


@bounded
async def test_a_worn_out_cipher_ends_the_link(story: Story) -> None:
    class Worn(ReversingCipher):
        def seal(self, frame_type: int, body: bytes) -> bytes:
            raise PeerError("link-worn-out")

    story.link.seal(SealLink(1, DEVICE, Worn()))
    story.link.transmit(CONTENT, b"x")
    assert (story.transport.ended, story.said()) == ("link-worn-out", [])
