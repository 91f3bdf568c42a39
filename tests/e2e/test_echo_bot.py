"""The example of 15 lines answers, beside a node with a fake engine."""

import json
import signal
import time
from pathlib import Path

from tests.e2e.processes import PATIENCE, ROOT, coterie, end, fake_node, running, start

BOT = ROOT / "examples" / "echo_bot.py"


def texts(home: Path) -> list[str]:
    return [json.loads(line)["text"] for line in coterie(home, "log", "bob", "--json").stdout.splitlines()]


def test_it_is_15_lines() -> None:
    assert len(BOT.read_text(encoding="utf-8").splitlines()) == 15


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
