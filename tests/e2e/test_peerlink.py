"""Two endpoints, real QUIC, loopback."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import iroh
import pytest

from coterie.adapters.peerlink import connection as connection_module
from coterie.adapters.peerlink.connection import PeerConnection
from coterie.adapters.peerlink.endpoint import DOOR_ALPN, MAX_WELCOMING, PEER_ALPN, PeerEndpoint, open_endpoint
from coterie.adapters.peerlink.hints import encode_hint, parse_hint
from coterie.adapters.peerlink.listen import Listen
from coterie.core.kernel.errors import PeerError, UserError
from coterie.core.kernel.ids import EndpointId
from coterie.core.kernel.limits import HANDSHAKE_FRAME_SIZE, LINK_FRAME_SIZE, SKIPPED_FRAME_SIZE
from coterie.core.kernel.secret import Secret
from coterie.core.wire.frames import TOO_LARGE, encode_frame
from coterie.core.wire.hints import relay_hint
from tests.e2e.processes import running
from tests.e2e.relay_process import RelayProcess


class Side:
    """An endpoint with the connections that came in."""

    def __init__(self, endpoint: PeerEndpoint, incoming: "asyncio.Queue[PeerConnection]") -> None:
        self.endpoint = endpoint
        self.incoming = incoming

    async def accepted(self) -> PeerConnection:
        async with asyncio.timeout(20):
            return await self.incoming.get()


def id_of(number: int) -> EndpointId:
    """The endpoint id that `opened(number)` would have."""
    return EndpointId(iroh.SecretKey.from_bytes(bytes([number]) * 32).public().to_bytes())


async def opened(number: int, port: int = 0, alpn: bytes = PEER_ALPN, relay: str = "") -> Side:
    incoming: asyncio.Queue[PeerConnection] = asyncio.Queue()
    listen = Listen("127.0.0.1", 0, relay)
    endpoint = await open_endpoint(Secret(bytes([number]) * 32), alpn, listen, port, incoming.put_nowait)
    return Side(endpoint, incoming)


@asynccontextmanager
async def two_sides() -> AsyncIterator[tuple[Side, Side]]:
    one, two = await opened(1), await opened(2)
    try:
        yield one, two
    finally:
        await one.endpoint.close()
        await two.endpoint.close()


async def connected(dialler: Side, listener: Side) -> tuple[PeerConnection, PeerConnection]:
    """The dialler's end, the listener's end, after a first frame (a stream is invisible before)."""
    near = await dialler.endpoint.dial(listener.endpoint.endpoint_id, listener.endpoint.hints())
    near.send(encode_frame(1, b"hello"))
    far = await listener.accepted()
    assert await received(far) == [(1, b"hello")]
    return near, far


@contextmanager
def running_relay() -> Iterator[RelayProcess]:
    relay = RelayProcess("127.0.0.1")
    with relay.process, running(relay.process):
        yield relay


async def path_is(connection: PeerConnection, path: str) -> bool:
    await asyncio.sleep(0)
    return connection.path == path


async def until(holds: Callable[[], Coroutine[Any, Any, bool]]) -> None:
    async with asyncio.timeout(20):
        while not await holds():  # noqa: ASYNC110 - what is waited for is inside the QUIC library
            await asyncio.sleep(0.02)


async def received(connection: PeerConnection, count: int = 1) -> list[tuple[int, bytes]]:
    frames: list[tuple[int, bytes]] = []
    async with asyncio.timeout(20):
        while len(frames) < count:
            more = await connection.receive()
            assert more, f"ended: {connection.ended}"
            frames += more
    return frames


async def ended(connection: PeerConnection) -> str:
    async with asyncio.timeout(20):
        while await connection.receive():
            pass
    return connection.ended


def bounded(story: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """A bounded asyncio test."""

    def run() -> None:
        asyncio.run(asyncio.wait_for(story(), 40))

    run.__name__, run.__doc__ = story.__name__, story.__doc__
    return run


@bounded
async def test_frames_both_ways() -> None:
    async with two_sides() as (one, two):
        near, far = await connected(one, two)
        assert (near.remote, near.dialled) == (two.endpoint.endpoint_id, True)
        assert (far.remote, far.dialled) == (one.endpoint.endpoint_id, False)
        far.send(encode_frame(2, b""))
        far.send(encode_frame(3, b"x" * HANDSHAKE_FRAME_SIZE))
        assert await received(near, 2) == [(2, b""), (3, b"x" * HANDSHAKE_FRAME_SIZE)]


@bounded
async def test_a_mebibyte_in_one_frame_and_in_many() -> None:
    async with two_sides() as (one, two):
        near, far = await connected(one, two)
        far.limit_frames(LINK_FRAME_SIZE)
        near.send(encode_frame(4, b"y" * LINK_FRAME_SIZE))
        for number in range(1024):
            near.send(encode_frame(5, number.to_bytes(2, "big") * 512))
        frames = await received(far, 1025)
        assert frames[0] == (4, b"y" * LINK_FRAME_SIZE)
        assert [int.from_bytes(body[:2], "big") for _, body in frames[1:]] == list(range(1024))


@bounded
async def test_what_was_sent_before_a_close_arrives() -> None:
    async with two_sides() as (one, two):
        near, far = await connected(one, two)
        far.send(encode_frame(6, b"z" * 30_000))
        await far.close("done")
        assert await received(near) == [(6, b"z" * 30_000)]
        assert await ended(near) == "closed-by-peer"
        assert far.ended == "done"


@bounded
async def test_T004_an_oversize_frame_ends_the_stream_before_its_body_is_kept() -> None:
    async with two_sides() as (one, two):
        near, far = await connected(one, two)
        near.send(encode_frame(1, b"x" * (HANDSHAKE_FRAME_SIZE + 1)))
        with pytest.raises(PeerError) as caught:
            await received(far)
        assert caught.value.code == "too-large"
        far.abort("too-large")
        assert await ended(near) == "closed-by-peer"


@bounded
async def test_T004_on_a_link_an_oversize_frame_is_passed_over_and_the_next_one_comes() -> None:
    async with two_sides() as (one, two):
        near, far = await connected(one, two)
        near.limit_frames(LINK_FRAME_SIZE)
        far.limit_frames(LINK_FRAME_SIZE, SKIPPED_FRAME_SIZE)
        near.send(encode_frame(1, bytes(LINK_FRAME_SIZE + 1)))
        near.send(encode_frame(2, b"still here"))
        seen: list[tuple[int, bytes]] = []
        while len(seen) < 2:
            seen += await received(far)
        assert seen == [(TOO_LARGE, b""), (2, b"still here")]
        assert far.ended == ""


@bounded
async def test_T008_a_declared_length_allocates_nothing() -> None:
    async with two_sides() as (one, two):
        near, far = await connected(one, two)
        near.send(b"\xff\xff\xff\xff\x01")
        with pytest.raises(PeerError):
            await received(far)


@bounded
async def test_a_stranger_without_a_word_is_not_even_a_connection() -> None:
    async with two_sides() as (one, two):
        await one.endpoint.dial(two.endpoint.endpoint_id, two.endpoint.hints())
        await asyncio.sleep(0.2)
        assert two.incoming.empty()


@bounded
async def test_a_stranger_gets_no_application_byte() -> None:
    """Nothing comes back on a connection that we end without having said anything."""
    async with two_sides() as (one, two):
        near, far = await connected(one, two)
        far.abort("unknown")
        assert await near.receive() == []


@bounded
async def test_A3_strangers_who_hold_connections_open_keep_nobody_out() -> None:
    async with two_sides() as (one, two):
        stranger = await opened(3)
        address = two.endpoint.hints()
        held = [await stranger.endpoint.dial(two.endpoint.endpoint_id, address) for _ in range(MAX_WELCOMING + 8)]
        await connected(one, two)
        assert held
        await stranger.endpoint.close()


@bounded
async def test_another_protocol_name_is_refused_within_the_handshake() -> None:
    async with two_sides() as (one, two):
        with pytest.raises(PeerError) as caught:
            await one.endpoint.dial(two.endpoint.endpoint_id, two.endpoint.hints(), DOOR_ALPN)
        assert caught.value.code == "not-reached"
        await connected(one, two)  # and the endpoint lives


@bounded
async def test_a_door_is_dialled_from_a_peer_endpoint() -> None:
    door, joiner = await opened(3, alpn=DOOR_ALPN), await opened(4)
    near = await joiner.endpoint.dial(door.endpoint.endpoint_id, door.endpoint.hints(), DOOR_ALPN)
    near.send(encode_frame(1, b"knock"))
    assert await received(await door.accepted()) == [(1, b"knock")]
    await door.endpoint.close()
    await joiner.endpoint.close()


@bounded
async def test_another_endpoint_at_the_address_is_not_the_peer() -> None:
    async with two_sides() as (one, two):
        with pytest.raises(PeerError) as caught:
            await one.endpoint.dial(id_of(7), two.endpoint.hints())
        assert caught.value.code == "not-reached"


@bounded
async def test_nobody_there_is_known_after_five_seconds() -> None:
    one = await opened(1)
    start = asyncio.get_running_loop().time()
    with pytest.raises(PeerError) as caught:
        await one.endpoint.dial(id_of(7), [encode_hint("127.0.0.1", 9)])
    assert caught.value.code == "not-reached"
    assert 4.9 < asyncio.get_running_loop().time() - start < 20  # left alone, the library takes 30
    await one.endpoint.close()


@bounded
async def test_without_a_usable_hint_nothing_is_dialled() -> None:
    one = await opened(1)
    for hints in ([], [b"\x05bad"], [b"\x04\x7f\x00\x00\x01\x00\x00"]):
        with pytest.raises(PeerError) as caught:
            await one.endpoint.dial(id_of(7), hints)
        assert caught.value.code == "no-address"
    await one.endpoint.close()


@bounded
async def test_an_endpoint_takes_its_port_again_and_another_only_if_it_is_taken() -> None:
    one = await opened(1)
    port = one.endpoint.port
    assert [parse_hint(hint) for hint in one.endpoint.hints()] == [("127.0.0.1", port)]
    two = await opened(2, port)
    assert two.endpoint.port not in (0, port)
    near, far = await connected(two, one)
    await one.endpoint.close()
    assert far.ended == "endpoint-closed"
    assert await ended(near) == "closed-by-peer"
    again = await opened(1, port)
    assert again.endpoint.port == port
    await connected(two, again)
    await again.endpoint.close()
    await two.endpoint.close()


@bounded
async def test_an_address_of_somebody_else_cannot_be_bound() -> None:
    with pytest.raises(UserError) as caught:
        await open_endpoint(Secret(bytes(32)), PEER_ALPN, Listen("203.0.113.7"), 0, lambda _: None)
    assert caught.value.code == "cannot-listen"


@bounded
async def test_loopback_alone_is_offered_though_the_library_binds_more() -> None:
    """What `--listen` promises and what it does not: the IPv6 wildcard is bound too, on a port that nobody is told."""
    one = await opened(1)
    assert one.endpoint.hints() == (encode_hint("127.0.0.1", one.endpoint.port),)
    await one.endpoint.close()


@bounded
async def test_T128_a_peer_that_never_reads_costs_a_bounded_queue_for_a_bounded_time() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection_module, "BACKLOG_LIMIT", 1.0)
        async with two_sides() as (one, two):
            near, far = await connected(one, two)
            near.limit_frames(LINK_FRAME_SIZE)
            frame = encode_frame(7, b"x" * 65_536)
            for _ in range(3 * connection_module.MAX_QUEUED // len(frame)):
                near.send(frame)
                assert near._queued <= connection_module.MAX_QUEUED
                await asyncio.sleep(0)
            await connected(one, two)  # others, and the same peer again, are served meanwhile
            assert await ended(near) == "peer-too-slow"
            far.abort("over")


@bounded
async def test_T128_a_backlog_makes_progress_though_it_is_cut() -> None:
    async with two_sides() as (one, two):
        near, far = await connected(one, two)
        near.limit_frames(LINK_FRAME_SIZE)
        far.limit_frames(LINK_FRAME_SIZE)
        for _ in range(2 * connection_module.MAX_QUEUED // LINK_FRAME_SIZE):
            near.send(encode_frame(7, bytes(LINK_FRAME_SIZE)))
        got = 0
        while frames := await far.receive():
            got += len(frames)
        assert got == connection_module.MAX_QUEUED // LINK_FRAME_SIZE - 1  # each has a header too
        assert await ended(near) in ("peer-too-slow", "closed-by-peer")


@bounded
async def test_a_second_stream_ends_the_connection() -> None:
    two = await opened(2)
    options = iroh.EndpointOptions(
        preset=iroh.preset_minimal(),
        bind_addr="127.0.0.1:0",
        secret_key=bytes([9]) * 32,
        alpns=[PEER_ALPN],
        relay_mode=iroh.RelayMode.disabled(),
    )
    stranger = await iroh.Endpoint.bind(options)
    address = iroh.EndpointAddr(
        iroh.EndpointId.from_bytes(two.endpoint.endpoint_id), None, [f"127.0.0.1:{two.endpoint.port}"]
    )
    raw = await stranger.connect(address, PEER_ALPN)
    await (await raw.open_bi()).send().write_all(encode_frame(1, b"a"))
    far = await two.accepted()
    await (await raw.open_uni()).write_all(b"b")
    async with asyncio.timeout(20):
        await raw.closed()
    assert far.ended == "unannounced-stream"
    await stranger.close()
    await two.endpoint.close()


CHILD = """
import asyncio, sys
from coterie.adapters.peerlink.endpoint import PEER_ALPN, open_endpoint
from coterie.adapters.peerlink.listen import Listen
from coterie.core.kernel.secret import Secret
from coterie.core.wire.frames import encode_frame

async def echo(connection):
    while frames := await connection.receive():
        for frame_type, body in frames:
            connection.send(encode_frame(frame_type, body))

async def main():
    tasks = []
    endpoint = await open_endpoint(Secret(bytes([5]) * 32), PEER_ALPN, Listen("127.0.0.1"), int(sys.argv[1]),
                                   lambda connection: tasks.append(asyncio.create_task(echo(connection))))
    print(endpoint.port, endpoint.endpoint_id.hex(), flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


async def child(port: int = 0) -> tuple[asyncio.subprocess.Process, int, EndpointId]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CHILD, str(port), stdout=subprocess.PIPE, stderr=None
    )
    assert process.stdout is not None
    line = await asyncio.wait_for(process.stdout.readline(), 20)
    bound, endpoint_id = line.split()
    return process, int(bound), EndpointId(bytes.fromhex(endpoint_id.decode()))


async def echoed(connection: PeerConnection) -> None:
    connection.send(encode_frame(1, b"ping"))
    assert await received(connection) == [(1, b"ping")]


@bounded
async def test_a_killed_peer_is_reached_again_on_its_port_at_once() -> None:
    """Though the old connection still counts as alive here: QUIC notices after 30 s, our pings after 10 s."""
    one = await opened(1)
    first, port, endpoint_id = await child()
    hints = [encode_hint("127.0.0.1", port)]
    old = await one.endpoint.dial(endpoint_id, hints)
    await echoed(old)
    first.kill()
    await first.wait()
    second, port_again, _ = await child(port)
    assert port_again == port
    start = asyncio.get_running_loop().time()
    new = await one.endpoint.dial(endpoint_id, hints)
    await echoed(new)
    assert asyncio.get_running_loop().time() - start < 8
    assert not old.ended
    second.kill()
    await second.wait()
    await one.endpoint.close()


@bounded
async def test_a_relay_that_both_name_brings_them_together_and_then_makes_room() -> None:
    with running_relay() as relay:
        near_side, far_side = await opened(1, relay=relay.url), await opened(2, relay=relay.url)
        await until(far_side.endpoint.at_relay)
        near = await near_side.endpoint.dial(far_side.endpoint.endpoint_id, (relay_hint(relay.url),))
        near.send(encode_frame(1, b"hello"))
        far = await far_side.accepted()
        assert await received(far) == [(1, b"hello")]
        await until(lambda: path_is(near, "direct"))
        near.send(encode_frame(2, b"again"))
        assert await received(far) == [(2, b"again")]
        for side in (near_side, far_side):
            await side.endpoint.close()
        assert (near.path, await near_side.endpoint.at_relay()) == ("", False)
        assert relay.end()[0] == {id_of(1).hex(), id_of(2).hex()}


@bounded
async def test_a_relay_that_only_the_peer_names_is_never_asked() -> None:
    with running_relay() as relay:
        far_side = await opened(2, relay=relay.url)
        await until(far_side.endpoint.at_relay)
        without = await opened(3)
        another = await opened(4, relay="http://127.0.0.1:9/")
        for side in (without, another):
            with pytest.raises(PeerError) as caught:
                await side.endpoint.dial(far_side.endpoint.endpoint_id, (relay_hint(relay.url),))
            assert caught.value.code == "no-address"
            assert not await side.endpoint.at_relay()
            direct = await side.endpoint.dial(far_side.endpoint.endpoint_id, far_side.endpoint.hints())
            assert direct.path == "direct"
        for side in (far_side, without, another):
            await side.endpoint.close()
        assert relay.end()[0] == {id_of(2).hex()}
