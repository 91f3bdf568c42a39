"""The contract of the command line, driven as people and scripts drive it, against a real socket."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.processes import PATIENCE, coterie, end, environment, fake_node, running, start

LONG = "x" * 5000
NEEDS_A_NODE = [
    ["circle", "create", "friends", "--as", "alice"],
    ["circle", "list"],
    ["circle", "show", "friends"],
    ["circle", "remove", "bob"],
    ["circle", "role", "bob", "admin"],
    ["circle", "leave", "friends"],
    ["invite", "friends"],
    ["invitation", "list"],
    ["invitation", "withdraw", "x"],
    ["invitation", "approve", "x"],
    ["invitation", "deny", "x"],
    ["join", "coterie:join/OK", "--as", "al"],
    ["person", "list"],
    ["person", "verify", "bob"],
    ["group", "create", "team", "bob"],
    ["group", "add", "team", "bob"],
    ["group", "remove", "team", "bob"],
    ["group", "leave", "team"],
    ["group", "list"],
    ["send", "bob", "hi"],
    ["send", "bob", "hi", "--wait", "delivered"],
    ["log", "bob"],
    ["log", "bob", "--follow"],
    ["status"],
    ["stop"],
]
READING = [
    (["circle", "list"], "circle/1"),
    (["circle", "show", "friends"], "circle-details/1"),
    (["invitation", "list"], "invitation/1"),
    (["person", "list"], "person/1"),
    (["group", "list"], "group/1"),
    (["log", "bob"], "log/1"),
    (["status"], "status/1"),
    (["invite", "friends"], "invite/1"),
    (["send", "bob", "x"], "send/1"),
]


@pytest.fixture
def node(short_home: Path) -> Iterator["subprocess.Popen[str]"]:
    """A node of this test alone."""
    with running(fake_node(short_home)) as process:
        assert coterie(short_home, "circle", "create", "friends", "--as", "alice").returncode == 0
        yield process


@pytest.fixture(scope="class")
def shared() -> Iterator[Path]:
    """The home of a node that tests share which do not mind each other."""
    home = Path(tempfile.mkdtemp(prefix="ct-", dir="/tmp")).resolve()
    with running(fake_node(home)):
        coterie(home, "circle", "create", "friends", "--as", "alice")
        coterie(home, "group", "create", "team", "bob")
        coterie(home, "invite", "friends")
        coterie(home, "send", "bob", "a\nb\u202e")
        yield home
    shutil.rmtree(home, ignore_errors=True)


def code_of(ran: "subprocess.CompletedProcess[str]") -> str:
    """The code on the one line of an error, which has one hint at most and nothing else."""
    first, *rest = ran.stderr.splitlines()
    word, code, message = first.split(": ", 2)
    assert word == "error"
    assert message
    assert len(rest) <= 1
    assert all(line.startswith("hint: ") for line in rest)
    assert "Traceback" not in ran.stderr
    return code


@pytest.mark.parametrize("arguments", NEEDS_A_NODE, ids=" ".join)
def test_without_a_node_every_command_is_3_and_names_the_next_step(short_home: Path, arguments: list[str]) -> None:
    ran = coterie(short_home, *arguments)
    assert (ran.returncode, code_of(ran), ran.stdout) == (3, "daemon-not-running", "")
    assert "up" in ran.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["send", "bob", LONG, LONG],
        ["log", "bob", "--limit", LONG],
        ["circle", "role", "bob", LONG],
        ["invite", "friends", "--expires", "\x1b[31m" + LONG],
        [LONG],
        ["status", "--home"],
        ["send"],
    ],
    ids=lambda arguments: " ".join(arguments)[:20],
)
def test_T067_nonsense_is_2_and_quotes_little(short_home: Path, arguments: list[str]) -> None:
    ran = coterie(short_home, *arguments)
    assert (ran.returncode, code_of(ran), ran.stdout) == (2, "usage", "")
    assert "x" * 41 not in ran.stderr
    assert "\x1b" not in ran.stderr


@pytest.mark.parametrize("arguments", [["status", "--json"], ["log", "bob", "-f"], ["up"], ["doctor", "--json"]])
def test_a_home_that_no_path_can_name_is_usage(short_home: Path, arguments: list[str]) -> None:
    for home in (f"{short_home}/\udcff", "~nobody-of-this-name"):
        ran = coterie(Path(home), *arguments)
        assert (ran.returncode, code_of(ran), ran.stdout) == (2, "usage", "")


def test_T067_a_hint_quotes_a_home_only_as_far_as_an_error_may(short_home: Path) -> None:
    ran = coterie(short_home, "status", "--home", "z" * 65)
    assert (ran.returncode, code_of(ran)) == (3, "daemon-not-running")
    assert "z" * 41 not in ran.stderr


def test_bytes_that_are_no_text_are_refused(short_home: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "coterie", "send", "bob", b"\xff\xfe"],
        capture_output=True,
        check=False,
        env=environment(short_home),
    )
    assert ran.returncode == 2


class TestWithASharedNode:
    @pytest.mark.parametrize(("arguments", "schema"), READING, ids=lambda value: "".join(value)[:20])
    def test_json_is_compact_and_one_object_a_line(self, shared: Path, arguments: list[str], schema: str) -> None:
        ran = coterie(shared, *arguments, "--json", COLUMNS="20")
        assert (ran.returncode, ran.stderr) == (0, "")
        lines = ran.stdout.splitlines()
        assert lines
        for line in lines:
            record = json.loads(line)
            assert record["schema"] == schema
            assert line == json.dumps(record, separators=(",", ":"), ensure_ascii=False)

    @pytest.mark.parametrize(
        ("link", "status", "code"),
        [
            ("OK", 0, ""),
            ("USED", 1, "invite-used"),
            ("EXPIRED", 1, "invite-expired"),
            ("WITHDRAWN", 1, "invite-withdrawn"),
            ("BROKEN", 1, "malformed"),
            ("APPROVAL", 9, "waiting-for-approval"),
            ("SILENT", 9, "timeout"),
        ],
    )
    def test_join(self, shared: Path, link: str, status: int, code: str) -> None:
        ran = coterie(shared, "join", f"coterie:join/{link}", "--as", "al", "--timeout", "2s")
        assert ran.returncode == status
        if code:
            assert code_of(ran) == code

    def test_names(self, shared: Path) -> None:
        for name in ("", "x" * 65, "a\u202eb", "a\u200bb", "a\tb"):
            ran = coterie(shared, "circle", "create", name, "--as", "alice")
            assert (ran.returncode, code_of(ran)) == (1, "bad-name")
        ran = coterie(shared, "send", "twin", "x")
        assert (ran.returncode, code_of(ran)) == (1, "ambiguous-name")
        assert "red/twin" in ran.stderr

    def test_T004_a_message_that_is_too_long_is_refused_and_the_node_lives(self, shared: Path) -> None:
        ran = coterie(shared, "send", "bob", "-", stdin=b"x" * (3 << 20))
        assert (ran.returncode, code_of(ran)) == (5, "too-large")
        assert coterie(shared, "status").returncode == 0

    @pytest.mark.parametrize(
        ("closed", "arguments", "status", "code"),
        [
            ("0<&-", "send bob -", 1, "empty-text"),
            ("0<&-", "join - --as al", 1, "malformed"),
            ("0<&-", "person list", 0, ""),
            ("1>&-", "send bob x", 0, ""),
            ("1>&-", "person list", 3, "output-failed"),
            ("1>&-", "person list --json", 3, "output-failed"),
            ("1>&-", "--help", 3, "output-failed"),
            ("2>&-", "nonsense", 2, ""),
            ("2>&-", "invite friends", 0, ""),
            ("0<&- 1>&- 2>&-", "send bob x", 0, ""),
            ("2>/dev/full", "nonsense", 2, ""),
        ],
    )
    def test_a_stream_that_is_closed_is_no_defect(
        self, shared: Path, closed: str, arguments: str, status: int, code: str
    ) -> None:
        ran = subprocess.run(
            ["sh", "-c", f"exec {sys.executable} -m coterie {arguments} {closed}"],
            capture_output=True,
            text=True,
            check=False,
            env=environment(shared),
        )
        assert ran.returncode == status
        assert (code_of(ran) if code else ran.stderr[:5]) in (code, "for o")

    def test_a_full_device_is_3(self, shared: Path) -> None:
        with Path("/dev/full").open("wb") as full:
            ran = subprocess.run(
                [sys.executable, "-m", "coterie", "person", "list", "--json"],
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
                env=environment(shared),
            )
        assert ran.returncode == 3
        assert ran.stderr.startswith("error: output-failed: ")
        assert "Traceback" not in ran.stderr

    def test_A12_another_user_reaches_nothing(self, shared: Path) -> None:
        if os.geteuid() != 0:
            pytest.skip("needs root to become another user; run: sudo pytest tests/e2e")
        program = (
            "import os, socket; os.setgroups([]); os.setgid(65534); os.setuid(65534);"
            f"socket.socket(socket.AF_UNIX).connect({str(shared / 'node.sock')!r})"
        )
        ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
        assert ran.returncode != 0
        assert "PermissionError" in ran.stderr

    def test_A12_the_socket_is_0600_in_a_0700_directory(self, shared: Path) -> None:
        assert (shared / "node.sock").stat().st_mode & 0o777 == 0o600
        assert shared.stat().st_mode & 0o777 == 0o700

    def test_T075_a_raw_client_is_answered(self, shared: Path) -> None:
        with socket.socket(socket.AF_UNIX) as raw:
            raw.connect(str(shared / "node.sock"))
            raw.sendall(b'{"jsonrpc":"2.0","id":1,"method":"__init__"}\n')
            assert json.loads(raw.makefile().readline())["error"]["code"] == -32601


@pytest.mark.usefixtures("node")
class TestWithANode:
    def test_invite_send_and_log_have_the_fields_of_the_contract(self, short_home: Path) -> None:
        invite = json.loads(coterie(short_home, "invite", "friends", "--json").stdout)
        assert list(invite) == ["schema", "id", "link", "expires_at"]
        sent = json.loads(coterie(short_home, "send", "bob", "hi\x1b[31m\n\u202e", "--json").stdout)
        assert list(sent) == ["schema", "id", "state"]
        entry = json.loads(coterie(short_home, "log", "bob", "--json").stdout)
        assert list(entry) == [
            "schema", "id", "kind", "conversation", "from", "text", "state", "sent_at", "received_at"
        ]  # fmt: skip
        assert (entry["id"], entry["text"]) == (sent["id"], "hi\x1b[31m\n\u202e")
        shown = coterie(short_home, "log", "bob").stdout
        assert "\x1b" not in shown
        assert "\u202e" not in shown

    def test_send_returns_0_when_queued_or_when_the_state_is_reached_and_9_otherwise(self, short_home: Path) -> None:
        assert coterie(short_home, "send", "carol", "x").returncode == 0
        for state in ("dispatched", "delivered", "read"):
            assert coterie(short_home, "send", "bob", "x", "--wait", state).returncode == 0
        late = coterie(short_home, "send", "carol", "x", "--wait", "delivered", "--timeout", "1s", "--json")
        assert (late.returncode, code_of(late)) == (9, "timeout")
        assert json.loads(late.stdout.splitlines()[-1])["state"] == "dispatched"
        assert len(coterie(short_home, "log", "carol").stdout.splitlines()) == 2
        assert coterie(short_home, "send", "dave", "x", "--wait", "read").returncode == 9

    def test_standard_input_is_sent_exactly(self, short_home: Path) -> None:
        text = "two\nlines, grüße 🎉\x00"
        assert coterie(short_home, "send", "carol", "-", stdin=text.encode() + b"\n").returncode == 0
        assert json.loads(coterie(short_home, "log", "carol", "--json").stdout)["text"] == text

    def test_follow_shows_what_comes_until_ctrl_c(self, short_home: Path, node: "subprocess.Popen[str]") -> None:
        coterie(short_home, "send", "carol", "before")
        with running(start(short_home, "coterie", "log", "carol", "--follow", "--json")) as follower:
            assert follower.stdout is not None
            assert json.loads(follower.stdout.readline())["text"] == "before"
            assert node.stdin is not None
            node.stdin.write("receive carol after\n")
            node.stdin.flush()
            texts = [json.loads(follower.stdout.readline())["text"]]
            while texts[-1] != "after":  # the state of our own message may come in between
                texts.append(json.loads(follower.stdout.readline())["text"])
            status, _, errors = end(follower, signal.SIGINT)
            assert (status, errors) == (130, "")

    def test_ctrl_c_while_waiting_loses_nothing(self, short_home: Path) -> None:
        with running(start(short_home, "coterie", "send", "carol", "x", "--wait", "read")) as waiting:
            until = time.monotonic() + PATIENCE
            while not coterie(short_home, "log", "carol").stdout and time.monotonic() < until:
                pass
            status, _, errors = end(waiting, signal.SIGINT)
        assert (status, errors) == (130, "")
        assert coterie(short_home, "log", "carol").stdout.count("alice: x") == 1

    def test_a_pipe_that_closes_early_is_no_noise(self, short_home: Path) -> None:
        coterie(short_home, "send", "carol", "-", stdin=b"y\n" * 50_000)
        ran = subprocess.run(
            ["bash", "-c", f"{sys.executable} -m coterie log carol | head -n 1; exit ${{PIPESTATUS[0]}}"],
            capture_output=True,
            text=True,
            check=False,
            env=environment(short_home),
        )
        assert (ran.returncode, ran.stderr, len(ran.stdout.splitlines())) == (141, "", 1)

    def test_stop_and_status(self, short_home: Path, node: "subprocess.Popen[str]") -> None:
        assert coterie(short_home, "stop").returncode == 0
        assert node.wait(PATIENCE) == 0
        ran = coterie(short_home, "status", "--json")
        assert ran.returncode == 3
        assert json.loads(ran.stdout)["ready"] is False
