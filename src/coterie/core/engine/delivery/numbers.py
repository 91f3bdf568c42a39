"""Which numbers of a sender we have: pure arithmetic on `Numbers` (PROTOCOL 7).

*Have* means decrypted and stored, or void. A number is had once; `contiguous` is the highest below which nothing is
missing, `ranges` what stands beyond, and `unreadable` what we know to exist and can never open.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import replace
from operator import itemgetter

from coterie.core.engine.ports.envelopes import Numbers
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import ConversationId, DeviceId
from coterie.core.kernel.limits import NUMBER_JUMP


def starting_at(conversation_id: ConversationId, sender: DeviceId, first: int) -> Numbers:
    """The vector for a sender whose first readable message says that its epoch began with number `first`."""
    return Numbers(conversation_id, sender, first, first - 1, (), ())


def has(numbers: Numbers, number: int) -> bool:
    """Whether this number is had. One before `start` is not: nobody has asked us to have it, and nobody to refuse it."""
    if number < numbers.start:
        return False
    if number <= numbers.contiguous:
        return True
    place = bisect_right(numbers.ranges, number, key=itemgetter(0))
    return place > 0 and number <= numbers.ranges[place - 1][1]


def check_jump(numbers: Numbers, number: int) -> None:
    """Refuses a number that leaves a hole larger than anybody would fill (`too-far-ahead`)."""
    highest = numbers.ranges[-1][1] if numbers.ranges else numbers.contiguous
    if number > highest + NUMBER_JUMP:
        raise PeerError("too-far-ahead", "a number is too far beyond the last one")


def had(numbers: Numbers, number: int) -> Numbers:
    """`numbers` with one more number that is had."""
    if has(numbers, number):
        return numbers
    if number < numbers.start:
        return had(_from(numbers, number), number)
    unreadable = tuple(n for n in numbers.unreadable if n != number) if numbers.unreadable else ()
    if number == numbers.contiguous + 1 and not numbers.ranges:  # as nearly always
        return Numbers(numbers.conversation_id, numbers.sender_device, numbers.start, number, (), unreadable)
    ranges = _joined([*numbers.ranges, (number, number)])
    contiguous = numbers.contiguous
    if ranges[0][0] == contiguous + 1:
        contiguous = ranges.pop(0)[1]
    return replace(numbers, contiguous=contiguous, ranges=tuple(ranges), unreadable=unreadable)


def gone(numbers: Numbers, number: int) -> Numbers:
    """`numbers` without waiting for one that will never come; what was before our time stays before it."""
    if number >= numbers.start:
        return had(numbers, number)
    return replace(numbers, unreadable=tuple(n for n in numbers.unreadable if n != number))


def cannot_read(numbers: Numbers, number: int) -> Numbers:
    """`numbers` with one that exists and that we can never open; its author may send the content again.

    One before `start` too: its author brought it, so it was for us.
    """
    if number + NUMBER_JUMP < numbers.start or has(numbers, number) or number in numbers.unreadable:
        return numbers
    return replace(numbers, unreadable=tuple(sorted((*numbers.unreadable, number))))


def missing(numbers: Numbers, last: int) -> list[int]:
    """The numbers up to `last` that are not had, lowest first, at most `NUMBER_JUMP` of them."""
    found: list[int] = []
    position = numbers.contiguous + 1
    for low, high in (*numbers.ranges, (last + 1, last + 1)):
        found.extend(range(position, min(low, last + 1, position + NUMBER_JUMP)))
        if len(found) >= NUMBER_JUMP or low > last:
            return found[:NUMBER_JUMP]
        position = high + 1
    return found[:NUMBER_JUMP]


def _from(numbers: Numbers, start: int) -> Numbers:
    """The same with an earlier start: what stood below the old one is a gap now."""
    ranges = list(numbers.ranges)
    if numbers.contiguous >= numbers.start:
        ranges.insert(0, (numbers.start, numbers.contiguous))
    return replace(numbers, start=start, contiguous=start - 1, ranges=tuple(ranges))


def _joined(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if joined and low <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    return joined
