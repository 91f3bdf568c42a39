"""People in two networks that do not reach each other meet at a relay, if both name it, and only then."""

import contextlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from coterie.testing.netns import OwnNetwork
from tests.e2e.processes import await_ready, coterie, end, running, start
from tests.e2e.relay_process import RelayProcess
from tests.e2e.three_networks import MEETING_POINT, ThreeNetworks


class Person:
    """A home in one of the networks."""

    def __init__(self, home: Path, network: OwnNetwork, passphrase_file: Path) -> None:
        self.home = home
        self._network = network
        self._passphrase_file = str(passphrase_file)
        self.node: subprocess.Popen[str] | None = None
        home.mkdir(mode=0o700)
        assert self.run("init").returncode == 0

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return coterie(self.home, *arguments, COTERIE_PASSPHRASE_FILE=self._passphrase_file)

    def do(self, *arguments: str) -> str:
        ran = self.run(*arguments)
        assert ran.returncode == 0, (arguments[0], ran.returncode, ran.stderr)
        return ran.stdout

    def up(self, **more: str) -> None:
        with self._network.inside():
            self.node = start(self.home, "coterie", "up", COTERIE_PASSPHRASE_FILE=self._passphrase_file, **more)
        await_ready(self.node)

    def down(self) -> None:
        assert self.node is not None
        assert end(self.node)[0] == 0
        self.node = None

    def circle(self) -> dict[str, object]:
        [circle] = json.loads(self.do("status", "--json"))["circles"]
        return dict(circle)


@pytest.fixture
def networks() -> ThreeNetworks:
    return ThreeNetworks()


@pytest.fixture
def people(networks: ThreeNetworks, short_home: Path) -> Iterator[tuple[Person, Person]]:
    passphrase_file = short_home / "passphrase"
    passphrase_file.write_text("correct horse\n")
    passphrase_file.chmod(0o600)
    anna, ben = (
        Person(short_home / name, network, passphrase_file)
        for name, network in zip(("anna", "ben"), networks.sides, strict=True)
    )
    with contextlib.ExitStack() as ending:
        try:
            yield anna, ben
        finally:
            for node in (anna.node, ben.node):
                if node is not None:
                    ending.enter_context(running(node))


def test_people_meet_at_the_relay_that_both_name(networks: ThreeNetworks, people: tuple[Person, Person]) -> None:
    anna, ben = people
    with networks.middle.inside():
        relay = RelayProcess(MEETING_POINT)
    with running(relay.process):
        anna.up(COTERIE_RELAY=relay.url)
        ben.up()
        anna.do("circle", "create", "garden", "--as", "Anna")
        link = json.loads(anna.do("invite", "garden", "--json"))["link"]

        alone = ben.run("join", link, "--as", "Ben", "--timeout", "2s")
        assert alone.returncode == 9
        assert f"coterie up --relay {relay.url}" in alone.stderr
        ben.down()

        ben.up(COTERIE_RELAY=relay.url)
        ben.do("join", link, "--as", "Ben")
        ben.do("send", "Anna", "through the relay", "--wait", "delivered")
        anna.do("send", "Ben", "and back", "--wait", "delivered")
        shown = ben.circle()
        assert (shown["relay"], shown["at_relay"]) == (relay.url, True)
        assert isinstance(shown["links"], list)
        assert [(each["presence"], each["path"]) for each in shown["links"]] == [("linked", "relay")]
        anna.down()
        ben.down()
        came, passed = relay.end()
    assert shown["endpoint_id"] is not None
    assert len(came) == 3  # Anna's circle, its door, Ben's circle: who did not name it never came
    assert passed > 20
