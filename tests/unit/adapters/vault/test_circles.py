"""Circles, keys and joins come back as they were kept."""

from dataclasses import replace

import pytest

from coterie.adapters.vault.store import VaultStore
from coterie.core.engine.ports.circles import Circle, Join, Key
from coterie.core.kernel.ids import CircleId, DeviceId, PersonId
from coterie.core.kernel.secret import Secret
from coterie.core.kernel.world import Instant

GARDEN = CircleId(b"g" * 32)
CIRCLE = Circle(GARDEN, "garden", 0xF602, PersonId(b"p" * 32), DeviceId(b"d" * 32), "Anna", "active", Instant(10))
KEY = Key(GARDEN, "block", b"first", Secret(b"private"), b"public", Instant(10))
JOIN = Join(GARDEN, b"i" * 32, b"invitation", "Anna", "dialling", "", Secret(b"keys"), "", Instant(10))


def test_a_circle_can_be_read_and_changed(store: VaultStore) -> None:
    store.circles.add(CIRCLE)
    assert store.circles.get(GARDEN) == CIRCLE
    left = replace(CIRCLE, state="left")
    store.circles.update(left)
    assert store.circles.all() == [left]
    assert store.circles.get(CircleId(bytes(32))) is None


def test_one_circle_is_kept_once(store: VaultStore) -> None:
    store.circles.add(CIRCLE)
    with pytest.raises(RuntimeError, match="ConstraintError"):
        store.circles.add(CIRCLE)


def test_circles_come_in_the_order_of_joining(store: VaultStore) -> None:
    later = replace(CIRCLE, circle_id=CircleId(b"a" * 32), created_at=Instant(11))
    store.circles.add(later)
    store.circles.add(CIRCLE)
    assert [circle.circle_id for circle in store.circles.all()] == [GARDEN, later.circle_id]


def test_keys_come_newest_first_and_go_one_by_one(store: VaultStore) -> None:
    newer = replace(KEY, key_id=b"second", private=Secret(b"other"), created_at=Instant(20))
    door = replace(KEY, purpose="door", port=4711)
    for key in (KEY, newer, door):
        store.circles.put_key(key)
    assert store.circles.keys(GARDEN, "block") == [newer, KEY]
    store.circles.put_key(replace(KEY, retired_at=Instant(30)))
    assert store.circles.keys(GARDEN, "block")[1].retired_at == 30
    store.circles.delete_key(GARDEN, "block", b"second")
    assert [key.key_id for key in store.circles.keys(GARDEN, "block")] == [b"first"]
    assert store.circles.keys(GARDEN, "door") == [door]


def test_joins_resume_from_what_was_kept(store: VaultStore) -> None:
    store.circles.put_join(JOIN)
    joined = replace(JOIN, state="joined", words="one two")
    store.circles.put_join(joined)
    assert store.circles.join_of(JOIN.invitation_id) == joined
    assert store.circles.joins() == [joined]
    assert store.circles.join_of(bytes(32)) is None
