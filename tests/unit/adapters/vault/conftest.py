"""Directories and users for the vault's tests."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from coterie.adapters.vault.store import VaultStore
from coterie.adapters.vault.vault import Vault

ORDINARY_USER = 65534


@pytest.fixture
def ordinary_user(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A directory of an ordinary user, and the test run as that user: root may write everywhere."""
    root = os.geteuid() == 0
    directory = Path(tempfile.mkdtemp())
    if root:
        os.chown(directory, ORDINARY_USER, ORDINARY_USER)
        os.seteuid(ORDINARY_USER)
    try:
        yield directory
    finally:
        if root:
            os.seteuid(0)
        directory.chmod(0o700)
        shutil.rmtree(directory)


@pytest.fixture
def store() -> Iterator[VaultStore]:
    """The repositories over a vault in memory."""
    vault = Vault.memory()
    yield VaultStore(vault.database)
    vault.close()
