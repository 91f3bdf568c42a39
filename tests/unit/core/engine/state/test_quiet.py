from coterie.core.engine.ports.effects import SetTimer
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.quiet import Quiet
from coterie.core.kernel.ids import to_base32
from coterie.core.kernel.world import Instant
from coterie.testing.pipe import Pipe

QUIET = Quiet("test/quiet/", 2_000, 10_000)
SUBJECT = b"\x07" * 32


def context(pipe: Pipe) -> Context:
    return pipe.context(pipe.node("alice"))


def timers(ctx: Context) -> list[Instant]:
    found = [effect for effect in ctx.effects if isinstance(effect, SetTimer)]
    assert {effect.name for effect in found} <= {"test/quiet/" + to_base32(SUBJECT)}
    ctx.effects.clear()
    return [effect.at for effect in found]


def later(ctx: Context, milliseconds: int) -> None:
    ctx.now = Instant(ctx.now + milliseconds)


def test_many_occasions_set_one_timer() -> None:
    ctx = context(Pipe())
    for _ in range(3):
        QUIET.plan(ctx, SUBJECT)
    (at,) = timers(ctx)
    assert 2_000 <= at - ctx.now < 4_000


def test_it_is_due_once_and_can_be_planned_again() -> None:
    ctx = context(Pipe())
    QUIET.plan(ctx, SUBJECT)
    later(ctx, 2_000)
    timers(ctx)
    assert QUIET.is_due(ctx, SUBJECT)
    assert timers(ctx) == []
    QUIET.plan(ctx, SUBJECT)
    assert len(timers(ctx)) == 1


def test_what_came_a_moment_ago_makes_it_wait_for_quiet() -> None:
    ctx = context(Pipe())
    QUIET.plan(ctx, SUBJECT)
    later(ctx, 1_500)
    QUIET.plan(ctx, SUBJECT)
    later(ctx, 1_000)
    timers(ctx)
    assert not QUIET.is_due(ctx, SUBJECT)
    (at,) = timers(ctx)
    assert 1_000 <= at - ctx.now < 3_000
    later(ctx, 1_000)
    assert QUIET.is_due(ctx, SUBJECT)


def test_without_any_quiet_it_is_due_after_the_longest_time() -> None:
    ctx = context(Pipe())
    waited = 0
    QUIET.plan(ctx, SUBJECT)
    while not QUIET.is_due(ctx, SUBJECT):
        later(ctx, 500)
        waited += 500
        QUIET.plan(ctx, SUBJECT)
    assert waited == 10_000


def test_when_what_was_planned_is_forgotten_a_timer_that_falls_due_is_due() -> None:
    ctx = context(Pipe())
    QUIET.plan(ctx, SUBJECT)
    ctx.memory.caches.clear()
    assert QUIET.is_due(ctx, SUBJECT)
