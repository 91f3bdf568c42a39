"""The life of a node's process: ready, told to stop, killed, doubled, its home taken away."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.e2e.processes import PATIENCE, await_ready, coterie, end, environment, fake_node, running, start

PASSPHRASE = "correct horse battery staple"


@pytest.fixture
def passphrase_file(tmp_path: Path) -> str:
    path = tmp_path / "passphrase"
    path.write_text(PASSPHRASE + "\n")
    path.chmod(0o600)
    return str(path)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_it_with_0_within_10_seconds(short_home: Path, number: int) -> None:
    with running(fake_node(short_home)) as node:
        status, seconds, errors = end(node, number)
    assert (status, errors) == (0, "")
    assert seconds < 10
    assert not (short_home / "node.sock").exists()


def test_after_kill_9_it_starts_again_with_nothing_to_clean(short_home: Path) -> None:
    for _ in range(3):
        with running(fake_node(short_home)) as node:
            assert coterie(short_home, "status").returncode == 0
            assert end(node, signal.SIGKILL)[0] == -signal.SIGKILL
        assert coterie(short_home, "status").returncode == 3


def test_T077_a_second_one_is_refused_with_the_pid_and_changes_nothing(short_home: Path) -> None:
    with running(fake_node(short_home)) as node:
        before = (short_home / "lock").read_bytes()
        ran = coterie(short_home, "up")
        assert ran.returncode == 1
        assert ran.stderr.startswith("error: already-running: ")
        assert str(node.pid) in ran.stderr
        assert (short_home / "lock").read_bytes() == before
        assert coterie(short_home, "status").returncode == 0


def test_T113_a_home_that_is_taken_away_ends_it(short_home: Path) -> None:
    with running(fake_node(short_home)) as node:
        shutil.rmtree(short_home)
        _, errors = node.communicate(timeout=PATIENCE)
        assert node.returncode == 1  # the fake's own status; `coterie up` has 3
        assert "data-dir-missing" in errors


def test_the_socket_of_a_home_with_a_long_path_stands_elsewhere_and_status_names_it(short_home: Path) -> None:
    runtime = short_home / "run"
    runtime.mkdir(mode=0o700)
    home = short_home / ("h" * 120)
    home.mkdir(mode=0o700)
    with running(fake_node(home, XDG_RUNTIME_DIR=str(runtime))):
        (path,) = runtime.glob("coterie/*/node.sock")
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert stat.S_IMODE(path.parent.parent.stat().st_mode) == 0o700
        for ran in (coterie(home, "status"), coterie(home, "status", XDG_RUNTIME_DIR=str(runtime))):
            assert ran.returncode == 0
            assert f"socket {path}" in ran.stdout


@pytest.mark.parametrize("listen", ["192.0.2.1", "[2001:db8::1]:4711"])
def test_an_address_that_this_machine_does_not_have_is_refused_at_once(short_home: Path, listen: str) -> None:
    (short_home / "vault.db").touch(mode=0o600)
    ran = coterie(short_home, "up", "--listen", listen)
    assert (ran.returncode, ran.stderr.split(": ")[1]) == (1, "cannot-listen")


def test_a_vault_without_its_key_says_so(short_home: Path, passphrase_file: str) -> None:
    assert coterie(short_home, "init", COTERIE_PASSPHRASE_FILE=passphrase_file).returncode == 0
    (short_home / "vault.key").unlink()
    ran = coterie(short_home, "up", COTERIE_PASSPHRASE_FILE=passphrase_file)
    assert (ran.returncode, ran.stderr.split(": ")[1]) == (3, "data-dir-missing")
    assert "vault.key" in ran.stderr


@pytest.mark.parametrize("milliseconds", [150, 400, 700])
def test_a_signal_while_it_starts_ends_it_with_0_too(short_home: Path, passphrase_file: str, milliseconds: int) -> None:
    assert coterie(short_home, "init", COTERIE_PASSPHRASE_FILE=passphrase_file).returncode == 0
    up = start(short_home, "coterie", "up", "--listen", "127.0.0.1", COTERIE_PASSPHRASE_FILE=passphrase_file)
    with running(up):
        listening(up)
        time.sleep(milliseconds / 1000)
        status, seconds, errors = end(up)
    assert (status, "Traceback" in errors) == (0, False)
    assert seconds < 10


def listening(process: "subprocess.Popen[str]") -> None:
    """Waits until the command has taken over the signal: before that, the system itself ends a process."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        status = Path(f"/proc/{process.pid}/status")
        if not status.exists():
            pytest.skip("needs /proc to see when a process handles a signal; run on Linux")
        caught = next(line for line in status.read_text().splitlines() if line.startswith("SigCgt:"))
        if int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1:
            return
        time.sleep(0.005)


def test_init_and_up_refuse_what_they_must(short_home: Path, passphrase_file: str) -> None:
    home = short_home / "new"
    ran = coterie(home, "up", COTERIE_PASSPHRASE_FILE=passphrase_file)
    assert (ran.returncode, ran.stderr.split(": ")[1]) == (1, "no-vault")
    assert not home.exists()
    ran = coterie(home, "init")
    assert (ran.returncode, ran.stderr.split(": ")[1]) == (1, "passphrase-needed")
    assert not home.exists()
    assert coterie(home, "init", COTERIE_PASSPHRASE_FILE=passphrase_file).returncode == 0
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    before = {path.name: path.read_bytes() for path in home.iterdir()}
    ran = coterie(home, "init", COTERIE_PASSPHRASE_FILE=passphrase_file)
    assert (ran.returncode, ran.stderr.split(": ")[1]) == (1, "vault-exists")
    assert {path.name: path.read_bytes() for path in home.iterdir()} == before


def test_T110_without_the_passphrase_or_with_a_wrong_one_it_stays_locked(
    short_home: Path, passphrase_file: str, tmp_path: Path
) -> None:
    home = short_home / "new"
    assert coterie(home, "init", COTERIE_PASSPHRASE_FILE=passphrase_file).returncode == 0
    assert all(PASSPHRASE.encode() not in path.read_bytes() for path in home.iterdir())
    ran = coterie(home, "up")
    assert (ran.returncode, ran.stderr.split(": ")[1]) == (6, "locked")
    (tmp_path / "wrong").write_text("something else\n")
    ran = coterie(home, "up", COTERIE_PASSPHRASE_FILE=str(tmp_path / "wrong"))
    assert (ran.returncode, ran.stderr.split(": ")[1]) == (6, "wrong-passphrase")
    (home / "vault.db").write_bytes(b"damaged" * 1000)
    ran = coterie(home, "up", COTERIE_PASSPHRASE_FILE=passphrase_file)
    assert (ran.returncode, ran.stderr.split(": ")[1]) == (8, "db-corrupt")


def test_a_real_node_is_ready_prints_nothing_and_stops(short_home: Path, passphrase_file: str) -> None:
    home = short_home / "new"
    assert coterie(home, "init", COTERIE_PASSPHRASE_FILE=passphrase_file).returncode == 0
    node = start(home, "coterie", "up", "--listen", "127.0.0.1", COTERIE_PASSPHRASE_FILE=passphrase_file)
    with running(node):
        assert await_ready(node) == str(home / "node.sock")
        assert coterie(home, "status").returncode == 0
        with running(start(home, "coterie", "up", COTERIE_PASSPHRASE_FILE=passphrase_file)) as second:
            _, errors = second.communicate(timeout=PATIENCE)
            assert second.returncode == 1
            assert str(node.pid) in errors
        node.send_signal(signal.SIGTERM)
        out, errors = node.communicate(timeout=PATIENCE)
    assert (node.returncode, out, errors) == (0, "", "")


def test_T113_a_home_without_permission_is_3(short_home: Path, passphrase_file: str) -> None:
    assert coterie(short_home, "init", COTERIE_PASSPHRASE_FILE=passphrase_file).returncode == 0
    command = [sys.executable, "-m", "coterie", "up"]
    if os.geteuid() == 0:  # root without its capabilities, at somebody else's directory
        if not shutil.which("setpriv"):
            pytest.skip("needs setpriv; run: apt-get install util-linux")
        os.chown(short_home, 65534, 65534)
        command = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", *command]
    else:
        short_home.chmod(0o500)
    ran = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        env=environment(short_home, COTERIE_PASSPHRASE_FILE=passphrase_file),
    )
    short_home.chmod(0o700)
    assert (ran.returncode, ran.stderr.split(": ")[1]) == (3, "data-dir-permission")
    assert "hint: " in ran.stderr


def test_T113_a_home_that_others_can_enter_is_3(short_home: Path, passphrase_file: str) -> None:
    assert coterie(short_home, "init", COTERIE_PASSPHRASE_FILE=passphrase_file).returncode == 0
    short_home.chmod(0o755)
    ran = coterie(short_home, "up", COTERIE_PASSPHRASE_FILE=passphrase_file)
    assert (ran.returncode, ran.stderr.split(": ")[1]) == (3, "data-dir-permission")
    assert f"chmod 700 {short_home}" in ran.stderr


def test_T113_a_read_only_file_system_is_3(short_home: Path, passphrase_file: str) -> None:
    assert coterie(short_home, "init", COTERIE_PASSPHRASE_FILE=passphrase_file).returncode == 0
    script = (
        f"mount --bind {short_home} {short_home} && mount -o remount,bind,ro {short_home}"
        f" && exec {sys.executable} -m coterie up"
    )
    ran = subprocess.run(
        ["unshare", "--mount", "bash", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        env=environment(short_home, COTERIE_PASSPHRASE_FILE=passphrase_file),
    )
    if ran.stderr.startswith(("unshare:", "mount:", "bash:")):
        pytest.skip("needs root and a mount namespace; run: sudo pytest tests/e2e")
    assert (ran.returncode, ran.stderr.split(": ")[1]) == (3, "data-dir-read-only")


def test_doctor_needs_no_node(short_home: Path) -> None:
    ran = coterie(short_home, "doctor")
    assert ran.returncode == 0
    assert "sqlite" in ran.stdout


def test_a_socket_that_was_taken_away_comes_back(short_home: Path) -> None:
    with running(fake_node(short_home)) as node:
        (short_home / "node.sock").unlink()
        until = time.monotonic() + PATIENCE
        while coterie(short_home, "status").returncode != 0:
            assert time.monotonic() < until
        assert end(node)[0] == 0
    assert not (short_home / "node.sock").exists()
