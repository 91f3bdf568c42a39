from coterie.adapters.vault.vault import Vault
from coterie.core.engine.ports.effects import Notify, SetTimer
from coterie.core.engine.state.context import Context, Memory
from coterie.core.kernel.world import Instant
from coterie.testing.entropy import SeededEntropy

NOW = Instant(77)


def context() -> Context:
    vault = Vault.memory()
    vault.begin()
    return Context(vault.store, NOW, SeededEntropy(1), Memory(boot_id=bytes(16)))


def test_effects_are_gathered_in_order_and_nothing_is_done() -> None:
    ctx = context()
    ctx.emit(SetTimer("a", NOW))
    ctx.emit(Notify())
    assert ctx.effects == [SetTimer("a", NOW), Notify()]


def test_an_event_is_a_row_at_once_and_the_step_knows_of_it() -> None:
    ctx = context()
    assert not ctx.noted
    ctx.note("link-up", device="d")
    assert ctx.noted
    [event] = ctx.store.events.since(0, 10)
    assert (event.kind, event.at, dict(event.data)) == ("link-up", NOW, {"device": "d"})


def test_the_links_are_those_of_the_memory() -> None:
    ctx = context()
    assert ctx.links is ctx.memory.links
    assert Memory(boot_id=b"").links is not ctx.links


def test_two_steps_share_the_memory_and_nothing_else() -> None:
    ctx = context()
    ctx.memory.caches["names", b"x"] = 1
    after = Context(ctx.store, NOW, ctx.entropy, ctx.memory)
    ctx.emit(Notify())
    assert after.memory.caches == {("names", b"x"): 1}
    assert after.effects == []
