"""Making a home, and when a node may start; signals and processes are tests/e2e/test_up.py's."""

import asyncio
import signal
import stat
from collections.abc import Callable

import pytest

from coterie.adapters.peerlink.listen import Listen
from coterie.adapters.vault import unlock
from coterie.adapters.vault.stretching import Stretching
from coterie.adapters.vault.vault import Vault
from coterie.api.paths import Home
from coterie.core.kernel.errors import UserError
from coterie.core.kernel.secret import Secret
from coterie.node import home_lock, lifecycle
from coterie.node.options import NodeOptions

CHEAP = Stretching(1, 8, 1)


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unlock, "calibrate", lambda: CHEAP)
    monkeypatch.setattr(Stretching, "acceptable", lambda self: True)


def code_of(work: Callable[[], object]) -> str:
    with pytest.raises(UserError) as raised:
        work()
    return raised.value.code


def never(options: NodeOptions, fail: object) -> object:
    raise AssertionError("it was built")


def test_init_makes_a_vault_that_its_passphrase_opens(home: Home) -> None:
    new = Home(home.root / "deep" / "home")
    lifecycle.init(new, Secret(b"correct horse"))
    assert stat.S_IMODE(new.root.stat().st_mode) == 0o700
    key = unlock.open_key_file(new.vault_key, Secret(b"correct horse"))
    Vault.open(new.vault, key).close()
    assert code_of(lambda: unlock.open_key_file(new.vault_key, Secret(b"x"))) == "wrong-passphrase"


def test_init_over_a_vault_is_refused_and_changes_nothing(home: Home) -> None:
    lifecycle.init(home, Secret(b"one"))
    before = {path.name: path.read_bytes() for path in (home.vault, home.vault_key)}
    assert code_of(lambda: lifecycle.init(home, Secret(b"two"))) == "vault-exists"
    assert {path.name: path.read_bytes() for path in (home.vault, home.vault_key)} == before


def test_T077_init_beside_a_running_node_is_refused(home: Home) -> None:
    with home_lock.hold(home):
        assert code_of(lambda: lifecycle.init(home, Secret(b"x"))) == "already-running"
    assert not home.vault_key.exists()


def test_an_init_that_was_killed_leaves_nothing_in_the_way(home: Home) -> None:
    home.vault_key.write_bytes(b"half")
    lifecycle.init(home, Secret(b"x"))
    unlock.open_key_file(home.vault_key, Secret(b"x"))


def test_up_without_a_vault_is_refused_before_anything_is_made(home: Home) -> None:
    assert code_of(lambda: lifecycle.up(home, None, build_node=never)) == "no-vault"  # type: ignore[arg-type]
    assert list(home.root.iterdir()) == []


def test_T077_a_second_up_is_refused(home: Home) -> None:
    home.vault.write_bytes(b"x")
    with home_lock.hold(home):
        assert code_of(lambda: lifecycle.up(home, None, build_node=never)) == "already-running"  # type: ignore[arg-type]


def test_T113_up_in_a_home_that_others_can_enter_is_refused(home: Home) -> None:
    home.vault.write_bytes(b"x")
    home.root.chmod(0o755)
    assert code_of(lambda: lifecycle.up(home, None, build_node=never)) == "data-dir-permission"  # type: ignore[arg-type]


def test_a_listen_address_that_is_none_is_refused(home: Home) -> None:
    home.vault.write_bytes(b"x")
    assert code_of(lambda: lifecycle.up(home, None, "nonsense", "", never)) == "bad-listen-address"  # type: ignore[arg-type]


def test_a_relay_that_is_none_is_refused(home: Home) -> None:
    home.vault.write_bytes(b"x")
    assert code_of(lambda: lifecycle.up(home, None, "", "nonsense", never)) == "bad-relay"  # type: ignore[arg-type]


def test_the_relay_that_was_named_reaches_the_endpoints(home: Home) -> None:
    home.vault.write_bytes(b"x")
    asked: list[Listen] = []

    async def look(options: NodeOptions, fail: object) -> object:
        await asyncio.sleep(0)
        asked.append(options.listen)
        raise UserError("locked", "the vault is locked")

    code_of(lambda: lifecycle.up(home, None, "", "https://relay.example", look))  # type: ignore[arg-type]
    code_of(lambda: lifecycle.up(home, None, "", "", look))  # type: ignore[arg-type]
    assert asked == [Listen("", 0, "https://relay.example/"), Listen()]


def test_what_the_build_refuses_ends_the_run(home: Home) -> None:
    home.vault.write_bytes(b"x")

    async def locked(options: NodeOptions, fail: object) -> object:
        await asyncio.sleep(0)
        raise UserError("locked", "the vault is locked")

    assert code_of(lambda: lifecycle.up(home, None, build_node=locked)) == "locked"  # type: ignore[arg-type]
    assert not home.socket().exists()
    assert not home_lock.is_held(home)


@pytest.mark.parametrize("ignored", [True, False])
def test_what_nohup_ignores_stays_ignored(home: Home, ignored: bool) -> None:
    home.vault.write_bytes(b"x")
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN if ignored else signal.SIG_DFL)
    heard: list[bool] = []

    async def look(options: NodeOptions, fail: object) -> object:
        await asyncio.sleep(0)
        heard.append(signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN)
        raise UserError("locked", "the vault is locked")

    try:
        code_of(lambda: lifecycle.up(home, None, build_node=look))  # type: ignore[arg-type]
    finally:
        signal.signal(signal.SIGHUP, before)
    assert heard == [not ignored]
