"""How much is measured: a whole run, or the smallest that shows that everything still works."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """Counts of one run."""

    calls: int
    """Calls of each cheap operation."""
    members: tuple[int, ...]
    """Sizes of MLS groups."""
    round_trips: int
    pipelined: int
    """Messages of one burst; the best of `bursts` counts, as other work on the machine only slows down."""
    bursts: int
    fan_out: tuple[int, ...]
    fan_out_messages: int
    starts: int
    """Starts of each program."""


WHOLE = Scale(
    calls=2000,
    members=(2, 10, 100),
    round_trips=500,
    pipelined=4000,
    bursts=3,
    fan_out=(10, 50),
    fan_out_messages=30,
    starts=15,
)
TINY = Scale(calls=20, members=(2,), round_trips=3, pipelined=20, bursts=1, fan_out=(2,), fan_out_messages=2, starts=1)
