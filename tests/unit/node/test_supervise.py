"""Dialling on a loop whose clock jumps: no test waits for real."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from coterie.core.engine.ports.effects import ForgetPeer, WatchPeer
from coterie.core.kernel.ids import CircleId, DeviceId, EndpointId
from coterie.node.supervise import CAP_IDLE, CAP_WAITING, STEADY, Supervisor, pause_after
from coterie.testing.jumping_loop import JumpingLoop

CIRCLE, DEVICE, ENDPOINT = CircleId(b"c" * 32), DeviceId(b"d" * 32), EndpointId(b"e" * 32)


def want(hints: tuple[bytes, ...] = (), waiting: bool = False, device: DeviceId = DEVICE) -> WatchPeer:
    return WatchPeer(CIRCLE, device, ENDPOINT, hints, waiting=waiting)


class Story:
    """A supervisor whose dials are noted with their time; `succeed` makes them end in a link."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.supervisor = Supervisor(self.dial, self.loop.time, lambda: 1.0)
        self.dials: list[tuple[float, WatchPeer]] = []
        self.succeed = False
        self.seconds_a_dial = 0.0

    async def dial(self, peer: WatchPeer) -> None:
        self.dials.append((self.loop.time(), peer))
        await asyncio.sleep(self.seconds_a_dial)
        if self.succeed:
            self.link()

    def link(self) -> None:
        self.supervisor.link_stands(CIRCLE, DEVICE, False)

    def lose(self) -> None:
        self.supervisor.link_ended(CIRCLE, DEVICE, False)

    def times(self) -> list[float]:
        times = [round(at, 3) for at, _ in self.dials]
        self.dials.clear()
        return times


def jumping(tale: Callable[[Story], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    def run() -> None:
        async def told() -> None:
            story = Story()
            await tale(story)
            await story.supervisor.stop()

        with asyncio.Runner(loop_factory=JumpingLoop) as runner:
            runner.run(told())

    run.__name__ = tale.__name__
    return run


@pytest.mark.parametrize("jitter", [0.0, 0.5, 1.0])
def test_pauses_double_up_to_their_cap_and_vary(jitter: float) -> None:
    pauses = [pause_after(attempts, CAP_IDLE, jitter) for attempts in range(1, 40)]
    assert pauses == sorted(pauses)
    assert pauses[0] == 0.25 * (0.5 + jitter / 2)
    assert pauses[-1] == CAP_IDLE * (0.5 + jitter / 2)
    assert max(pause_after(99, CAP_WAITING, jitter) for _ in range(3)) <= CAP_WAITING


def test_a_peer_that_is_away_for_weeks_is_still_dialled() -> None:
    assert pause_after(20_000, CAP_IDLE, 1.0) == CAP_IDLE


@jumping
async def test_a_peer_is_dialled_at_once_then_with_pauses(story: Story) -> None:
    story.supervisor.watch(want())
    await asyncio.sleep(200)
    assert story.times() == [0, 0.25, 0.75, 1.75, 3.75, 7.75, 15.75, 31.75, 63.75, 123.75, 183.75]


@jumping
async def test_while_something_waits_it_is_tried_every_five_seconds(story: Story) -> None:
    story.supervisor.watch(want(waiting=True))
    await asyncio.sleep(30)
    times = story.times()
    assert times[:5] == [0, 0.25, 0.75, 1.75, 3.75]
    assert times[5:] == [7.75, 12.75, 17.75, 22.75, 27.75]


@jumping
async def test_something_that_begins_to_wait_ends_the_pause(story: Story) -> None:
    story.supervisor.watch(want())
    await asyncio.sleep(70)
    story.times()
    story.supervisor.watch(want(waiting=True))
    await asyncio.sleep(1)
    assert story.times() == [70]
    story.supervisor.watch(want(waiting=True))
    await asyncio.sleep(1)
    assert story.times() == []


@jumping
async def test_nothing_new_leaves_the_pause_as_it_is(story: Story) -> None:
    story.supervisor.watch(want())
    await asyncio.sleep(70)
    story.times()
    story.supervisor.watch(want())
    await asyncio.sleep(1)
    assert story.times() == []


@jumping
async def test_new_hints_are_tried_at_once_and_used(story: Story) -> None:
    story.supervisor.watch(want())
    await asyncio.sleep(70)
    story.dials.clear()
    story.supervisor.watch(want((b"new",)))
    await asyncio.sleep(1)
    assert [(at, peer.hints) for at, peer in story.dials] == [(70, (b"new",))]


@jumping
async def test_new_hints_that_come_during_a_dial_are_tried_right_after_it(story: Story) -> None:
    story.seconds_a_dial = 5
    story.supervisor.watch(want((b"old",)))
    await asyncio.sleep(70)
    assert story.times()[-1] == 66.75
    story.supervisor.watch(want((b"new",)))
    await asyncio.sleep(30)
    assert [(at, peer.hints) for at, peer in story.dials] == [(71.75, (b"new",))]


@jumping
async def test_while_a_link_stands_nobody_dials(story: Story) -> None:
    story.succeed = True
    story.supervisor.watch(want())
    await asyncio.sleep(100)
    assert story.times() == [0]
    story.supervisor.watch(want((b"new",), waiting=True))
    await asyncio.sleep(100)
    assert story.times() == []


@jumping
async def test_a_link_that_the_peer_dialled_counts_even_before_the_watch(story: Story) -> None:
    story.link()
    story.supervisor.watch(want())
    await asyncio.sleep(100)
    assert story.times() == []


@jumping
async def test_a_steady_link_that_is_lost_is_dialled_again_at_once(story: Story) -> None:
    story.succeed = True
    story.supervisor.watch(want())
    await asyncio.sleep(STEADY)
    story.succeed = False
    story.lose()
    await asyncio.sleep(0.3)
    assert story.times() == [0, STEADY, STEADY + 0.25]


@jumping
async def test_links_that_end_at_once_do_not_make_a_storm(story: Story) -> None:
    async def flap(peer: WatchPeer) -> None:
        story.dials.append((story.loop.time(), peer))
        story.link()
        story.lose()

    story.supervisor._dial = flap
    story.supervisor.watch(want(waiting=True))
    await asyncio.sleep(30)
    assert 5 <= len(story.times()) <= 12


@jumping
async def test_two_links_to_one_peer_and_the_loss_of_one(story: Story) -> None:
    story.supervisor.watch(want())
    story.link()
    story.link()
    story.lose()
    await asyncio.sleep(100)
    assert story.times() == []


@jumping
async def test_links_before_the_watch_are_counted_one_by_one(story: Story) -> None:
    story.link()
    story.link()
    story.lose()
    story.supervisor.watch(want())
    await asyncio.sleep(100)
    assert story.times() == []


@jumping
async def test_links_that_were_lost_before_the_watch_count_no_more(story: Story) -> None:
    story.link()
    story.link()
    story.lose()
    story.lose()
    story.supervisor.watch(want())
    await asyncio.sleep(0)
    assert story.times() == [0]


@jumping
async def test_of_two_links_the_first_begins_the_steady_time_and_the_last_ends_it(story: Story) -> None:
    story.succeed = True
    story.supervisor.watch(want())
    await asyncio.sleep(STEADY - 1)
    story.link()
    await asyncio.sleep(1)
    story.succeed = False
    story.lose()
    story.lose()
    await asyncio.sleep(0.3)
    assert story.times() == [0, STEADY, STEADY + 0.25]


@jumping
async def test_two_links_that_are_lost_soon_are_one_failure(story: Story) -> None:
    story.succeed = True
    story.supervisor.watch(want())
    await asyncio.sleep(1)
    story.link()
    story.succeed = False
    story.lose()
    story.lose()
    await asyncio.sleep(0.3)
    assert story.times() == [0, 1.25]


@jumping
async def test_what_waited_has_gone_out_on_the_link(story: Story) -> None:
    story.succeed = True
    story.supervisor.watch(want(waiting=True))
    await asyncio.sleep(STEADY)
    story.succeed = False
    story.lose()
    await asyncio.sleep(100)
    assert story.times()[-1] == STEADY + 63.75  # no peer is tried so rarely while something waits for it


@jumping
async def test_a_forgotten_peer_is_left_alone(story: Story) -> None:
    story.supervisor.watch(want())
    await asyncio.sleep(1)
    story.times()
    story.supervisor.forget(ForgetPeer(CIRCLE, DEVICE))
    story.supervisor.forget(ForgetPeer(CIRCLE, DEVICE))
    await asyncio.sleep(100)
    assert story.times() == []


@jumping
async def test_what_status_shows(story: Story) -> None:
    story.supervisor.watch(want())
    await asyncio.sleep(2)
    [shown] = story.supervisor.attempts()
    assert (shown.want, shown.failed, round(shown.until, 2)) == (want(), 4, 1.75)
    assert shown.since is not None
    assert 0 < shown.since < 2
    story.link()
    assert story.supervisor.attempts() == []


@jumping
async def test_status_shows_a_peer_that_is_dialled_for_the_first_time(story: Story) -> None:
    story.seconds_a_dial = 5
    story.supervisor.watch(want())
    [shown] = story.supervisor.attempts()
    assert (shown.failed, shown.since, shown.until) == (0, None, 0.0)
    await asyncio.sleep(3)
    [shown] = story.supervisor.attempts()
    assert (shown.failed, shown.since, shown.until) == (0, 3.0, 0.0)


@jumping
async def test_a_stop_ends_a_dial(story: Story) -> None:
    story.seconds_a_dial = 1000
    story.supervisor.watch(want())
    await asyncio.sleep(1)
    await story.supervisor.stop()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert story.supervisor.attempts() == []


@jumping
async def test_a_node_with_many_peers_dials_a_few_at_a_time(story: Story) -> None:
    story.seconds_a_dial = 5
    for number in range(200):
        story.supervisor.watch(want(device=DeviceId(number.to_bytes(32, "big"))))
    await asyncio.sleep(1)
    assert len(story.times()) == 64
    await asyncio.sleep(15)
    assert len(story.times()) >= 136
