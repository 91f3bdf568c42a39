"""Invitations come back by id and by the eight bytes that a joiner sends first."""

from dataclasses import replace

from coterie.adapters.vault.store import VaultStore
from coterie.core.engine.ports.invitations import InvitationRecord
from coterie.core.kernel.ids import CircleId, ObjectId
from coterie.core.kernel.secret import Secret
from coterie.core.kernel.world import Instant

GARDEN = CircleId(b"g" * 32)
RECORD = InvitationRecord(
    b"12345678" + bytes(24), GARDEN, ObjectId(b"o" * 32), Secret(b"link"), True, "open", Instant(99), 0, 0, b"", b"", "",
    Instant(10),
)  # fmt: skip


def test_an_invitation_comes_back_and_changes(store: VaultStore) -> None:
    store.invitations.put(RECORD)
    assert store.invitations.get(RECORD.invitation_id) == RECORD
    claimed = replace(RECORD, state="claimed", certificate=b"c", card=b"d", attempts=1, failures=2, words="one")
    store.invitations.put(claimed)
    assert store.invitations.all() == [claimed]
    assert store.invitations.get(bytes(32)) is None


def test_an_invitation_is_found_by_its_first_bytes_in_its_circle_alone(store: VaultStore) -> None:
    store.invitations.put(RECORD)
    assert store.invitations.by_prefix(GARDEN, b"12345678") == RECORD
    assert store.invitations.by_prefix(GARDEN, b"12345679") is None
    assert store.invitations.by_prefix(CircleId(bytes(32)), b"12345678") is None


def test_the_link_is_not_in_the_repr() -> None:
    assert "link" not in repr(RECORD)
