"""One node, put together, without a network. With one: tests/e2e."""

import asyncio
from pathlib import Path

import pytest

from coterie.adapters.peerlink.listen import Listen
from coterie.adapters.vault.vault import Vault
from coterie.api import schema
from coterie.api.paths import Home
from coterie.core.kernel.errors import UserError
from coterie.core.kernel.secret import Secret
from coterie.node import assemble
from coterie.node.options import NodeOptions

KEY = Secret(b"k" * 32)


def fail(error: Exception) -> None:
    raise AssertionError from error


def test_without_a_vault_nothing_opens(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with pytest.raises(UserError) as raised:
        asyncio.run(assemble.build(NodeOptions(home, None, Listen()), fail))
    assert raised.value.code.startswith("data-dir-")


def test_a_node_over_a_new_vault_has_no_circle_and_ends(tmp_path: Path) -> None:
    Vault.create(tmp_path / "vault.db", KEY).close()

    async def story() -> object:
        node = assemble.Node(Vault.open(tmp_path / "vault.db", KEY), Listen("127.0.0.1"), fail)
        try:
            return await node.backend.call("circle.list", schema.NoParams())
        finally:
            await node.close()

    assert asyncio.run(story()) == schema.CircleList(circles=[])
    Vault.open(tmp_path / "vault.db", KEY).close()


def test_a_vault_without_its_key_is_named_as_that(tmp_path: Path) -> None:
    Vault.create(tmp_path / "vault.db", KEY).close()
    with pytest.raises(UserError) as raised:
        asyncio.run(assemble.build(NodeOptions(Home(tmp_path), Secret(b"x"), Listen()), fail))
    assert (raised.value.code, "vault.key" in raised.value.message) == ("data-dir-missing", True)
