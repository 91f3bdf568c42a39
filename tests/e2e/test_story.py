"""Two people on two real nodes, with every process killed at a bad moment: nothing is lost, nothing comes twice."""

import contextlib
import json
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.person import Person, passphrase_file
from tests.e2e.processes import PATIENCE, start


class Storied(Person):
    """On loopback, killed at bad moments, with an eye on the log."""

    def up(self, *options: str) -> None:
        super().up("--listen", "127.0.0.1", *options)

    def kill(self) -> None:
        assert self.end(signal.SIGKILL)[0] == -signal.SIGKILL

    def log(self, conversation: str) -> list[dict[str, str]]:
        return [json.loads(line) for line in self.do("log", conversation, "--json").splitlines()]

    def texts(self, conversation: str) -> list[str]:
        return [entry["text"] for entry in self.log(conversation)]

    def await_text(self, conversation: str, text: str) -> None:
        give_up = time.monotonic() + PATIENCE
        while text not in self.texts(conversation):
            assert time.monotonic() < give_up, f"{self.name} never got it"

    def await_state(self, conversation: str, text: str, state: str) -> None:
        give_up = time.monotonic() + PATIENCE
        while [entry["state"] for entry in self.log(conversation) if entry["text"] == text] != [state]:
            assert time.monotonic() < give_up, f"{self.name} never saw it {state}"


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[Storied, Storied]]:
    """Anna and Ben with running nodes, both in Anna's circle; one pair for all stories, because vaults take time."""
    folder = Path(tempfile.mkdtemp(prefix="ct-", dir="/tmp")).resolve()
    passphrase = passphrase_file(folder)
    anna, ben = (Storied(name, folder / name.lower(), passphrase) for name in ("Anna", "Ben"))
    try:
        for person in (anna, ben):
            person.do("init")
            assert person.run("status").returncode == 3
            person.up()
            assert person.run("status").returncode == 0
        anna.do("circle", "create", "garden", "--as", "Anna")
        link = json.loads(anna.do("invite", "garden", "--json"))["link"]
        assert "you are in garden as Ben, invited by Anna" in ben.do("join", link, "--as", "Ben")
        yield anna, ben
    finally:
        for person in (anna, ben):
            if person.node is not None:
                person.node.kill()
                with contextlib.suppress(ValueError):
                    person.node.communicate(timeout=PATIENCE)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def people(both: tuple[Storied, Storied]) -> tuple[Storied, Storied]:
    """The two, up, whatever the story before did to them."""
    for person in both:
        person.up()
    return both


def test_the_receiver_is_killed_and_misses_nothing(people: tuple[Storied, Storied]) -> None:
    anna, ben = people
    said = ben.texts("Anna")
    assert ben.do("send", "Anna", "one", "--wait", "delivered") == "delivered\n"
    assert anna.texts("Ben") == [*said, "one"]
    ben.kill()
    assert ben.run("status").returncode == 3
    waited = anna.run("send", "Ben", "two", "--wait", "delivered", "--timeout", "1s", "--json")
    assert waited.returncode == 9
    assert json.loads(waited.stdout)["state"] in ("queued", "dispatched")  # a link is known to be dead after seconds
    assert waited.stderr.startswith("error: timeout: ")
    status = json.loads(anna.do("status", "--json"))
    assert status["circles"][0]["links"][0]["queued"] >= 1
    ben.up()
    anna.await_state("Ben", "two", "delivered")
    assert ben.texts("Anna") == [*said, "one", "two"]


def test_what_is_sent_to_a_node_that_was_stopped_is_queued(people: tuple[Storied, Storied]) -> None:
    anna, ben = people
    said = ben.texts("Anna")
    ben.end(signal.SIGTERM)
    waited = anna.run("send", "Ben", "three", "--wait", "dispatched", "--timeout", "1s", "--json")
    assert (waited.returncode, json.loads(waited.stdout)["state"]) == (9, "queued")
    anna.kill()
    anna.up()
    ben.up()
    anna.await_state("Ben", "three", "delivered")
    assert ben.texts("Anna") == [*said, "three"]


def test_the_sender_is_killed_right_after_send_returned(people: tuple[Storied, Storied]) -> None:
    anna, ben = people
    said = anna.texts("Ben")
    for number in range(3):
        said.append(f"message {number}")
        ben.do("send", "Anna", said[-1])
        ben.kill()
        ben.up()
    anna.await_text("Ben", said[-1])
    assert anna.texts("Ben") == said
    assert ben.do("send", "Anna", "last", "--wait", "delivered") == "delivered\n"
    assert anna.texts("Ben") == [*said, "last"]


def test_both_read_it(people: tuple[Storied, Storied]) -> None:
    anna, ben = people
    sending = start(ben.home, "coterie", "send", "Anna", "look", "--wait", "read")
    try:
        anna.await_text("Ben", "look")
        out, errors = sending.communicate(timeout=PATIENCE)
    finally:
        sending.kill()
    assert (sending.returncode, out, errors) == (0, "read\n", "")
    assert ben.log("Anna")[-1]["state"] == "read"
    assert anna.log("Ben")[-1]["state"] == "received"


def test_it_stops_in_time_and_a_second_one_is_refused(people: tuple[Storied, Storied]) -> None:
    anna, ben = people
    second = ben.run("up")
    assert second.returncode == 1
    assert second.stderr.startswith("error: already-running: ")
    assert ben.run("status").returncode == 0
    for person in (anna, ben):
        status, seconds, errors = person.end(signal.SIGTERM)
        assert (status, errors) == (0, "")
        assert seconds < 10
        assert person.run("status").returncode == 3


def test_a_refused_join_changes_nothing(people: tuple[Storied, Storied]) -> None:
    anna, ben = people
    link = json.loads(anna.do("invite", "garden", "--json"))["link"]
    for broken, code in ((link[:-9], "cut-or-mixed"), (f"{link[:60]}{'A' if link[60] != 'A' else 'B'}{link[61:]}", "")):
        refused = ben.run("join", broken, "--as", "Ben")
        assert refused.returncode == 1
        assert code in refused.stderr
    assert len(ben.do("circle", "list", "--json").splitlines()) == 1
    invitation = json.loads(anna.do("invitation", "list", "--json").splitlines()[-1])
    anna.do("invitation", "withdraw", invitation["id"])
