"""The engine's one entry point: an input and the store in, effects and a result out (ARCHITECTURE).

A step runs inside the driver's savepoint. If it raises, the savepoint is undone, and so is what was kept in memory.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from coterie.core.engine.circle import commands as circle_commands
from coterie.core.engine.circle import connections, endpoints, settling, sync, watching
from coterie.core.engine.circle import timers as circle_timers
from coterie.core.engine.conversation import branches, follow, frames, groups, log, position, send, status
from coterie.core.engine.conversation import sync as conversation_sync
from coterie.core.engine.conversation import timers as conversation_timers
from coterie.core.engine.ports import commands
from coterie.core.engine.ports.commands import Command
from coterie.core.engine.ports.effects import Effect, Notify
from coterie.core.engine.ports.inputs import Closed, EndpointBound, Input, Opened, Received, Timer
from coterie.core.engine.ports.store import Store
from coterie.core.engine.state import conversation_names
from coterie.core.engine.state.context import Context, Memory
from coterie.core.engine.state.identity import circle_of
from coterie.core.engine.state.links import Link
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import ConversationId
from coterie.core.kernel.world import Entropy, Instant
from coterie.core.wire import peer_frames

HANDLERS: Mapping[type, Callable[[Context, Any], object]] = MappingProxyType(
    {
        **circle_commands.HANDLERS,
        commands.CreateGroup: groups.create_group,
        commands.AddToGroup: groups.add_to_group,
        commands.RemoveFromGroup: groups.remove_from_group,
        commands.LeaveGroup: groups.leave_group,
        commands.ListGroups: groups.list_groups,
        commands.SendMessage: send.send_message,
        commands.ReadLog: log.read_log,
        commands.MarkRead: log.mark_read,
        commands.GetMessage: send.get_message,
        commands.ShowStatus: status.show_status,
        Opened: connections.opened,
        Closed: connections.closed,
        EndpointBound: endpoints.bound,
    }
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step asks of the shell, in order, and what it answers (None for inputs that are no commands)."""

    effects: tuple[Effect, ...]
    result: object = None


class Engine:
    """One node's application. Deterministic: the same store, inputs, times and entropy give the same effects."""

    def __init__(self, entropy: Entropy) -> None:
        self._entropy = entropy
        self._memory = Memory(boot_id=entropy.random(16))

    @property
    def memory(self) -> Memory:
        """What is kept between steps: for tests and for a look at the links."""
        return self._memory

    def step(self, store: Store, event: Input | Command, now: Instant) -> Outcome:
        """Works on one input. Raises PeerError or UserError with nothing changed but the savepoint to undo.

        A PeerError answers a frame or connection: the shell then closes that connection.
        """
        ctx = Context(store, now, self._entropy, self._memory)
        before = store.changes
        try:
            result = _dispatch(ctx, event)
            _look_after(ctx)
        except BaseException as error:
            if not (isinstance(error, PeerError) and _left_no_trace(ctx, event, before)):
                self.forget()
            raise
        if ctx.noted:
            ctx.emit(Notify())
        return Outcome(tuple(ctx.effects), result)

    def resume(self, store: Store, now: Instant) -> tuple[Effect, ...]:
        """After a start: everything that was going on is derived again from the rows."""
        ctx = Context(store, now, self._entropy, self._memory)
        endpoints.resume(ctx)
        conversation_timers.resume(ctx)
        _look_after(ctx)
        if ctx.noted:
            ctx.emit(Notify())
        return tuple(ctx.effects)

    def forget(self) -> None:
        """Drops what was read since the transaction began: memory never holds truth."""
        self._memory.caches.clear()
        self._memory.links.distrust()


def _dispatch(ctx: Context, event: Input | Command) -> object:
    if isinstance(event, Received):
        _received(ctx, event)
        return None
    if isinstance(event, Timer):
        side = circle_timers if event.name.startswith("circle/") else conversation_timers
        return side.timer(ctx, event.name)
    return HANDLERS[type(event)](ctx, event)


def _left_no_trace(ctx: Context, event: Input | Command, before: int) -> bool:
    """A stranger was refused before anything was written or asked for: what was read still holds.

    If it were dropped, whoever knocks at our door could make us read and judge everything anew, time and again.
    """
    if not isinstance(event, Opened | Received) or ctx.links.get(event.conn) is not None:
        return False
    return ctx.store.changes == before and not ctx.effects


def _received(ctx: Context, event: Received) -> None:
    link = ctx.links.get(event.conn)
    if link is None:
        connections.handshake_frame(ctx, event)
        return
    if circle_of(ctx, link.circle_id).state == "restored":
        return  # an old copy must not answer with its old ratchets, not even what came before its links were closed
    frame = peer_frames.parse_peer_frame(event.type, event.body)
    if isinstance(frame, frames.Frame):
        if link.admitted:
            frames.frame(ctx, link, frame)
    elif frame is not None:
        sync.frame(ctx, link, frame)


def _look_after(ctx: Context) -> None:
    """What grew is followed, what was linked is synchronised. Following may itself add objects, so until it is quiet."""
    rounds = 0
    while ctx.changed and rounds < 16:
        changed, ctx.changed = sorted(ctx.changed), set()
        conversation_names.forget_names(ctx)
        for circle_id, scope in changed:
            follow.objects_changed(ctx, circle_id, scope)
            settling.settle(ctx, circle_id, scope)
            if scope != circle_id:
                position.compare(ctx, circle_id, ConversationId(scope))
                branches.follow(ctx, ConversationId(scope))
        rounds += 1
    for link in _standing(ctx):
        watching.linked(ctx, link.device_id)
        conversation_sync.start(ctx, link)
    for circle_id, device_id in sorted(ctx.missed):
        watching.missed(ctx, circle_id, device_id)


def _standing(ctx: Context) -> list[Link]:
    return [link for link in ctx.linked if ctx.links.get(link.conn) is link and link.admitted]
