"""People in two networks that do not reach each other meet at a relay, if both name it, and only then."""

import contextlib
import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from coterie.core.kernel.ids import from_base32
from coterie.testing.netns import OwnNetwork
from tests.e2e.person import Person, passphrase_file
from tests.e2e.processes import running
from tests.e2e.relay_process import RelayProcess
from tests.e2e.three_networks import MEETING_POINT, ThreeNetworks


class Networked(Person):
    """In one of the networks."""

    def __init__(self, home: Path, network: OwnNetwork, passphrase: Path) -> None:
        super().__init__(home.name, home, passphrase)
        self._network = network
        self.do("init")

    def up(self, *options: str) -> None:
        with self._network.inside():
            super().up(*options)

    def down(self) -> None:
        assert self.end(signal.SIGTERM)[0] == 0

    def circle(self) -> dict[str, object]:
        [circle] = json.loads(self.do("status", "--json"))["circles"]
        return dict(circle)


@pytest.fixture
def networks() -> ThreeNetworks:
    return ThreeNetworks()


@pytest.fixture
def people(networks: ThreeNetworks, short_home: Path) -> Iterator[tuple[Networked, Networked]]:
    passphrase = passphrase_file(short_home)
    anna, ben = (
        Networked(short_home / name, network, passphrase)
        for name, network in zip(("anna", "ben"), networks.sides, strict=True)
    )
    with contextlib.ExitStack() as ending:
        try:
            yield anna, ben
        finally:
            for node in (anna.node, ben.node):
                if node is not None:
                    ending.enter_context(running(node))


def test_people_meet_at_the_relay_that_both_name(networks: ThreeNetworks, people: tuple[Networked, Networked]) -> None:
    anna, ben = people
    with networks.middle.inside():
        relay = RelayProcess(MEETING_POINT)
    with running(relay.process):
        anna.up("--relay", relay.url)
        ben.up()
        anna.do("circle", "create", "garden", "--as", "Anna")
        link = json.loads(anna.do("invite", "garden", "--json"))["link"]

        alone = ben.run("join", link, "--as", "Ben", "--timeout", "2s")
        assert alone.returncode == 9
        assert f"coterie up --relay {relay.url}" in alone.stderr
        ben.down()

        ben.up("--relay", relay.url)
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
    assert from_base32(str(shown["endpoint_id"])).hex() in came
    assert len(came) == 3  # Anna's circle, its door, Ben's circle: who did not name it never came
    assert passed > 20
