"""Two networks that reach a third and not each other, as two homes behind address translators that reach one relay."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from coterie.testing.netns import OwnNetwork

MEETING_POINT = "10.77.9.1"
"""The one address that both reach."""


class ThreeNetworks:
    """`middle` has MEETING_POINT and passes nothing on; `sides` each reach only that. Gone with this process."""

    def __init__(self) -> None:
        """Skips the test, saying why, where this cannot be had."""
        ip = shutil.which("ip")
        if ip is None:
            pytest.skip("needs `ip`: apt-get install iproute2")
        self._ip = Path(ip)
        try:
            self.middle, *self.sides = (OwnNetwork() for _ in range(3))
        except OSError as error:
            pytest.skip(f"no networks of its own ({error}): run as root")
        with self.middle.inside():
            self._run("addr", "add", f"{MEETING_POINT}/32", "dev", "lo")
        for number, side in enumerate(self.sides):
            self._join(side, f"10.77.{number}.254", f"10.77.{number}.1")

    def _join(self, side: OwnNetwork, near: str, far: str) -> None:
        with self.middle.inside():
            name = f"to-{far}"
            self._run("link", "add", name, "type", "veth", "peer", "name", "out", "netns", side.path)
            self._run("addr", "add", f"{near}/24", "dev", name)
            self._run("link", "set", name, "up")
        with side.inside():
            self._run("addr", "add", f"{far}/24", "dev", "out")
            self._run("link", "set", "out", "up")
            self._run("route", "add", MEETING_POINT, "via", near)

    def _run(self, *arguments: str) -> None:
        subprocess.run([self._ip, *arguments], check=True, env={"PATH": os.defpath})
