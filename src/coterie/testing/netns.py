"""A network of its own for tests: `node.own_network`, and going in and out of one as often as one likes.

`python -m coterie.testing.netns COMMAND…` runs a command in one.
"""

import contextlib
import os
import sys
from collections.abc import Iterator

from coterie.node import own_network
from coterie.node.own_network import inside, why_not

__all__ = ["OwnNetwork", "inside", "why_not"]


class OwnNetwork:
    """A network that this process, as root, can go into and come back from. One for all tests of a process.

    A library keeps its threads where they were started, so entering a fresh network for each test would leave them
    behind in the first one.
    """

    def __init__(self) -> None:
        """OSError when the machine, or not being root, does not allow it."""
        if os.geteuid() != 0:
            raise PermissionError("only root can change networks and come back")
        self._outside = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            own_network.enter()
            self._inside = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        finally:
            own_network.call("setns", self._outside, own_network.CLONE_NEWNET)

    @property
    def path(self) -> str:
        """The file that other programs of this machine know it by, while this process lives."""
        return f"/proc/{os.getpid()}/fd/{self._inside}"

    @contextlib.contextmanager
    def inside(self) -> Iterator[None]:
        """This thread, and what it starts meanwhile, in that network."""
        own_network.call("setns", self._inside, own_network.CLONE_NEWNET)
        try:
            yield
        finally:
            own_network.call("setns", self._outside, own_network.CLONE_NEWNET)


if __name__ == "__main__":
    own_network.main(sys.argv[1:])
