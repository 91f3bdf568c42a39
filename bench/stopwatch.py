"""Times of repeated calls. Other work on the machine only ever adds: of many short blocks the fastest counts."""

import time
from collections.abc import Callable, Sequence

BLOCKS = 25


def microseconds(work: Callable[[], object], calls: int) -> float:
    """One call's time."""
    return against(work, lambda: None, calls)[0]


def against(work: Callable[[], object], floor: Callable[[], object], calls: int) -> tuple[float, float]:
    """Microseconds of one call of each, measured in turns so that both meet the same machine."""
    each = max(1, calls // BLOCKS)
    best = [float("inf"), float("inf")]
    for _ in range(min(calls, BLOCKS)):
        for which, run in enumerate((work, floor)):
            began = time.perf_counter()
            for _ in range(each):
                run()
            best[which] = min(best[which], (time.perf_counter() - began) / each * 1e6)
    return best[0], best[1]


def percentile(times: Sequence[float], share: float) -> float:
    """The time below which this share of all lies."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def median(times: Sequence[float]) -> float:
    """The time in the middle."""
    return percentile(times, 0.5)
