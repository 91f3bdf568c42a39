"""The key file: opens with the passphrase, and with nothing else."""

import random
from pathlib import Path

import pytest

from coterie.adapters.vault.stretching import LEAST, calibrate
from coterie.adapters.vault.unlock import MAGIC, MAX_FILE_SIZE, change_passphrase, create_key_file, open_key_file
from coterie.adapters.vault.vault import Vault
from coterie.core.kernel.errors import UserError
from coterie.core.kernel.secret import Secret

PASSPHRASE = Secret(b"correct horse battery staple")


class Seeded:
    """Repeatable random bytes."""

    def __init__(self, seed: int) -> None:
        self.source = random.Random(seed)

    def random(self, size: int) -> bytes:
        return self.source.randbytes(size)


def code_of(path: Path, passphrase: Secret | None) -> str:
    with pytest.raises(UserError) as caught:
        open_key_file(path, passphrase)
    assert PASSPHRASE.reveal().decode() not in str(caught.value)
    return caught.value.code


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vault.key"


def test_the_key_comes_back(path: Path) -> None:
    key = create_key_file(path, PASSPHRASE, Seeded(1), LEAST)
    assert len(key) == 32
    assert open_key_file(path, PASSPHRASE) == key
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_file_is_what_the_struct_says(path: Path) -> None:
    """A commented snapshot: whoever changes these bytes changes the version too."""
    create_key_file(path, PASSPHRASE, Seeded(1), LEAST)
    data = path.read_bytes()
    assert data[:30].hex() == (
        "636f7465726965207661756c746b6579"  # magic "coterie vaultkey"
        "0001"  # version
        "00000002"  # passes
        "00004c00"  # memory: 19,456 KiB
        "00000001"  # lanes
    )
    assert len(data) == 30 + 16 + 12 + 1 + 48
    assert data[58] == 48  # length of the wrapped key


def test_T110_the_key_is_not_in_the_file(path: Path) -> None:
    key = create_key_file(path, PASSPHRASE, Seeded(1), LEAST)
    assert key.reveal() not in path.read_bytes()
    assert PASSPHRASE.reveal() not in path.read_bytes()


def test_T110_without_a_passphrase_the_vault_is_locked(path: Path) -> None:
    create_key_file(path, PASSPHRASE, Seeded(1), LEAST)
    assert code_of(path, None) == "locked"


def test_T110_a_wrong_passphrase_is_refused(path: Path) -> None:
    create_key_file(path, PASSPHRASE, Seeded(1), LEAST)
    assert code_of(path, Secret(b"correct horse battery stable")) == "wrong-passphrase"


@pytest.mark.long
def test_T110_a_guess_costs_half_a_second(path: Path) -> None:
    import time

    create_key_file(path, PASSPHRASE, Seeded(1), calibrate())
    start = time.perf_counter()
    assert code_of(path, Secret(b"a guess")) == "wrong-passphrase"
    assert time.perf_counter() - start > 0.25  # calibrated while other tests may have slowed the machine


def test_T110_every_altered_byte_is_refused(path: Path) -> None:
    create_key_file(path, PASSPHRASE, Seeded(1), LEAST)
    good = path.read_bytes()
    places = [*range(30), 31, 45, 46, 57, 58, 59, 90, len(good) - 1]
    for place in places:
        bad = bytearray(good)
        bad[place] ^= 0x80
        path.write_bytes(bad)
        assert code_of(path, PASSPHRASE) in {"wrong-passphrase", "db-corrupt", "needs-newer-version"}


@pytest.mark.parametrize("cut", [0, 1, 16, 18, 30, 58, 59, 106])
def test_T001_a_key_file_cut_short_is_refused(path: Path, cut: int) -> None:
    create_key_file(path, PASSPHRASE, Seeded(1), LEAST)
    path.write_bytes(path.read_bytes()[:cut])
    assert code_of(path, PASSPHRASE) == "db-corrupt"


@pytest.mark.parametrize("tail", [b"\x00", bytes(64), bytes(MAX_FILE_SIZE)])
def test_T002_trailing_bytes_are_refused(path: Path, tail: bytes) -> None:
    create_key_file(path, PASSPHRASE, Seeded(1), LEAST)
    path.write_bytes(path.read_bytes() + tail)
    assert code_of(path, PASSPHRASE) == "db-corrupt"


def test_T014_a_later_version_is_refused_by_name(path: Path) -> None:
    path.write_bytes(MAGIC + b"\x00\x02" + bytes(200))
    assert code_of(path, PASSPHRASE) == "needs-newer-version"


def test_a_file_cannot_ask_for_endless_work(path: Path) -> None:
    create_key_file(path, PASSPHRASE, Seeded(1), LEAST)
    data = bytearray(path.read_bytes())
    data[18:22] = (1 << 31).to_bytes(4, "big")
    path.write_bytes(data)
    assert code_of(path, PASSPHRASE) == "db-corrupt"


def test_T113_a_missing_key_file_is_named(path: Path) -> None:
    assert code_of(path, PASSPHRASE) == "data-dir-missing"


def test_a_new_passphrase_opens_the_same_vault(path: Path, tmp_path: Path) -> None:
    key = create_key_file(path, PASSPHRASE, Seeded(1), LEAST)
    Vault.create(tmp_path / "vault.db", key).close()
    new = Secret(b"another one entirely")
    change_passphrase(path, PASSPHRASE, new, Seeded(2), LEAST)
    assert code_of(path, PASSPHRASE) == "wrong-passphrase"
    Vault.open(tmp_path / "vault.db", open_key_file(path, new)).close()


def test_equal_passphrases_make_different_files(path: Path, tmp_path: Path) -> None:
    create_key_file(path, PASSPHRASE, Seeded(1), LEAST)
    create_key_file(tmp_path / "second", PASSPHRASE, Seeded(2), LEAST)
    assert path.read_bytes()[30:] != (tmp_path / "second").read_bytes()[30:]
