"""The example of 20 lines answers, beside a node with a fake engine."""

import json
import signal
import time
from pathlib import Path

from tests.e2e.processes import PATIENCE, ROOT, coterie, end, fake_node, running, start

ENDS = {"daemon-stopped", "daemon-not-running"}
"""What a program is told when its node stops: it may have been asking, or coming back for its events."""
BOT = ROOT / "examples" / "echo_bot.py"


def texts(home: Path) -> list[str]:
    return [json.loads(line)["text"] for line in coterie(home, "log", "bob", "--json").stdout.splitlines()]


def test_it_is_20_lines() -> None:
    assert len(BOT.read_text(encoding="utf-8").splitlines()) == 20


def test_it_answers_every_message_once(short_home: Path) -> None:
    with running(fake_node(short_home)) as node, running(start(short_home, "examples.echo_bot")) as bot:
        assert node.stdin is not None
        until = time.monotonic() + PATIENCE
        sent = 0
        while "echo: one" not in texts(short_home) and time.monotonic() < until:
            sent += 1  # the first ones may come before the bot listens
            node.stdin.write("receive bob one\n")
            node.stdin.flush()
        node.stdin.write("receive bob two\n")
        node.stdin.flush()
        while "echo: two" not in texts(short_home) and time.monotonic() < until:
            pass
        found = texts(short_home)
        assert found.count("echo: two") == 1
        assert found.count("echo: one") <= sent
        assert not any(text.startswith("echo: echo") for text in found)
        assert end(bot, signal.SIGTERM)[0] == -signal.SIGTERM


def test_it_ends_with_one_plain_line_when_there_is_no_node(short_home: Path) -> None:
    with running(start(short_home, "examples.echo_bot")) as bot:
        _, said = bot.communicate(timeout=PATIENCE)
        assert (bot.returncode, said) == (1, "daemon-not-running: no node is running on this home\n")


def test_it_ends_with_one_plain_line_when_its_node_stops(short_home: Path) -> None:
    with running(fake_node(short_home)) as node, running(start(short_home, "examples.echo_bot")) as bot:
        until = time.monotonic() + PATIENCE
        assert node.stdin is not None
        while "echo: hello" not in texts(short_home):
            assert time.monotonic() < until
            node.stdin.write("receive bob hello\n")
            node.stdin.flush()
        end(node)
        _, said = bot.communicate(timeout=PATIENCE)
        assert (bot.returncode, said.count("\n"), said.partition(":")[0] in ENDS) == (1, 1, True)
