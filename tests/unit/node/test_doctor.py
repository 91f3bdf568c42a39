"""Each thing that doctor looks at, well and ill."""

import os
import time
from pathlib import Path

import pytest

from coterie.adapters.vault import database
from coterie.api.checks import Check
from coterie.api.paths import Home
from coterie.core.kernel.errors import UserError
from coterie.node import doctor, home_lock


def found(home: Home) -> dict[str, Check]:
    return {check.check: check for check in doctor.run(home)}


def make(home: Home) -> None:
    for path in (home.vault, home.vault_key):
        path.write_bytes(b"x")
        path.chmod(0o600)


def test_a_healthy_home(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COTERIE_PASSPHRASE_FILE", raising=False)
    make(home)
    checks = found(home)
    assert set(checks) == {
        "versions", "sqlite", "clock", "home", "vault", "passphrase", "disk", "lock", "socket"
    }  # fmt: skip
    assert [check.check for check in checks.values() if check.level == "bad"] == []


def test_everything_that_is_not_well_has_a_fix(home: Home) -> None:
    home.root.chmod(0o755)
    home.vault.write_bytes(b"")
    checks = found(home)
    assert (checks["home"].level, checks["vault"].level) == ("bad", "bad")
    assert all(check.fix for check in checks.values() if check.level != "ok")


def test_before_init_nothing_is_bad(home: Home) -> None:
    checks = found(Home(home.root / "new"))
    assert checks["home"].level == "note"
    assert "init" in checks["home"].fix


def test_T116_an_old_sqlite(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def old() -> None:
        database.check_library("3.51.2")

    monkeypatch.setattr(doctor, "check_library", old)
    assert found(home)["sqlite"].level == "bad"
    with pytest.raises(UserError):
        old()


def test_a_clock_behind_the_vault(home: Home) -> None:
    make(home)
    ahead = time.time() + 3600
    os.utime(home.vault, (ahead, ahead))
    assert found(home)["clock"].level == "bad"


def test_a_vault_that_others_may_read(home: Home) -> None:
    make(home)
    home.vault_key.chmod(0o644)
    assert "chmod 600" in found(home)["vault"].fix


def test_a_passphrase_file_that_others_may_read_or_nobody(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "p"
    monkeypatch.setenv("COTERIE_PASSPHRASE_FILE", str(file))
    assert found(home)["passphrase"].level == "bad"
    file.write_text("x")
    file.chmod(0o644)
    assert found(home)["passphrase"].level == "note"
    file.chmod(0o600)
    assert found(home)["passphrase"].level == "ok"
    for nothing in ("", "\n", "\r\n"):
        file.write_bytes(nothing.encode())
        assert found(home)["passphrase"].level == "bad"


def test_a_full_disk(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "FREE_BYTES_NEEDED", 1 << 60)
    assert found(home)["disk"].level == "bad"


def test_a_running_node_is_named(home: Home) -> None:
    with home_lock.hold(home) as lock:
        lock.announce()
        assert str(os.getpid()) in found(home)["lock"].detail
    assert found(home)["lock"].detail == "no node runs on this home"
