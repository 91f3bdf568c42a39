"""The vault's store is the store that the engine asks for."""

import inspect

import pytest

from coterie.adapters.vault.store import VaultStore
from coterie.core.engine.ports.store import Store


def takes_the_port(store: Store) -> Store:
    return store


def test_the_types_fit(store: VaultStore) -> None:
    """mypy compares every method here; at run time only the names."""
    fitting = takes_the_port(store)
    assert all(
        hasattr(fitting, name) for name, _ in inspect.getmembers(Store, lambda member: isinstance(member, property))
    )


@pytest.mark.parametrize(
    "name", ["circles", "objects", "invitations", "peers", "conversations", "envelopes", "messages", "events"]
)
def test_every_concern_has_its_table(store: VaultStore, name: str) -> None:
    assert type(getattr(store, name)).__name__ == f"{name.capitalize()}Table"
