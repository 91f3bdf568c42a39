"""Whether the other end of a local connection is gone altogether, or has only closed its sending half."""

import select


def has_hung_up(descriptor: int) -> bool:
    """True once nobody can read what is written here. Both cases look alike to who only reads."""
    poll = select.poll()
    poll.register(descriptor, 0)
    return any(event & (select.POLLHUP | select.POLLERR) for _, event in poll.poll(0))
