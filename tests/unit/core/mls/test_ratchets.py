"""Message keys: each exists once, moves forward only, is gone when used; losses and reorderings are bounded."""

import pytest

from coterie.core.crypto.suites import suite
from coterie.core.mls.limits import MAX_KEPT_KEYS, MAX_SKIP
from coterie.core.mls.ratchets import Ratchets, epoch_prefix
from coterie.core.mls.secret_tree import children, message_key, ratchet_roots
from coterie.testing.mls_refusals import refused
from coterie.testing.mls_rows import DictRows

SUITE = suite(1)
SECRET = bytes(range(32))


def begun(width: int = 4, own: int = 0) -> tuple[Ratchets, DictRows]:
    ratchets, rows = Ratchets(SUITE, 7, width), DictRows()
    rows.write(ratchets.begin(SECRET, own))
    return ratchets, rows


def take(ratchets: Ratchets, rows: DictRows, leaf: int, generation: int) -> tuple[bytes, bytes]:
    key, delta = ratchets.take(rows, leaf, False, generation)
    rows.write(delta)
    return key.key, key.nonce


def test_keys_are_those_of_the_secret_tree() -> None:
    ratchets, rows = begun(width=2, own=0)
    leaf = dict(children(SUITE, 1, SECRET))[2]
    _, application = ratchet_roots(SUITE, leaf)
    assert take(ratchets, rows, 1, 0) == message_key(SUITE, application, 0)


def test_the_root_secret_never_reaches_the_rows() -> None:
    for width in (1, 2, 8):
        _, rows = begun(width)
        assert SECRET not in rows.values.values()


def test_a_used_key_is_gone_in_any_order() -> None:
    ratchets, rows = begun()
    for generation in (2, 0, 1, 5, 4, 3):
        take(ratchets, rows, 2, generation)
        with refused("message-key-used"):
            ratchets.take(rows, 2, False, generation)


def test_generations_have_different_keys() -> None:
    ratchets, rows = begun()
    seen = {take(ratchets, rows, 3, generation) for generation in (3, 1, 0, 2, 4)}
    assert len(seen) == 5


def test_T038_two_thousand_messages_out_of_order() -> None:
    ratchets, rows = begun(width=2)
    for jump in (1000, 2000):
        take(ratchets, rows, 1, jump)
    for generation in reversed(range(2000)):
        if generation != 1000:
            take(ratchets, rows, 1, generation)
    assert not rows.keys(epoch_prefix(7) + "A/")


def test_T038_a_jump_beyond_the_limit_is_too_far_ahead() -> None:
    ratchets, rows = begun(width=2)
    before = dict(rows.values)
    with refused("too-far-ahead"):
        ratchets.take(rows, 1, False, MAX_SKIP + 1)
    assert rows.values == before
    take(ratchets, rows, 1, MAX_SKIP)


def test_kept_keys_are_bounded_and_the_oldest_go_first() -> None:
    ratchets, rows = begun(width=2)
    generation = -1
    for _ in range(3):
        generation += MAX_SKIP + 1
        take(ratchets, rows, 1, generation)
    assert len(rows.keys(epoch_prefix(7) + "A/")) == MAX_KEPT_KEYS
    with refused("message-key-used"):
        ratchets.take(rows, 1, False, 0)
    take(ratchets, rows, 1, generation - 1)


def test_a_message_touches_few_small_rows() -> None:
    ratchets, rows = begun(width=2)
    take(ratchets, rows, 1, 0)
    _, delta = ratchets.take(rows, 1, False, 1)
    assert len(delta.changes) == 1
    _, delta = ratchets.take_next(rows, 0, False)
    assert len(delta.changes) == 1
    assert all(value is not None and len(value) < 100 for _, value in delta.changes)


def test_sending_never_repeats_a_key() -> None:
    ratchets, rows = begun()
    keys = set()
    for expected in range(20):
        key, delta = ratchets.take_next(rows, 0, False)
        rows.write(delta)
        assert key.generation == expected
        keys.add((key.key, key.nonce))
    assert len(keys) == 20
    assert ratchets.next_generation(rows, 0, False) == 20


def test_handshake_and_application_ratchets_are_apart() -> None:
    ratchets, rows = begun()
    application, _ = ratchets.take(rows, 1, False, 0)
    handshake, _ = ratchets.take(rows, 1, True, 0)
    assert application.key != handshake.key


def test_skipped_keys_of_both_ratchets_are_apart() -> None:
    ratchets, rows = begun()
    expected = {handshake: ratchets.take(rows, 1, handshake, 0)[0] for handshake in (False, True)}
    for handshake in expected:
        rows.write(ratchets.take(rows, 1, handshake, 1)[1])
    for handshake, key in expected.items():
        assert ratchets.take(rows, 1, handshake, 0)[0] == key


def test_who_was_heard_can_still_be_heard() -> None:
    ratchets, rows = begun()
    take(ratchets, rows, 1, 0)
    assert ratchets.has_keys(rows, 1)
    assert ratchets.has_keys(rows, 2)


@pytest.mark.parametrize("heard", [False, True])
def test_a_forgotten_sender_is_gone_and_the_others_stay(heard: bool) -> None:
    ratchets, rows = begun(width=8)
    if heard:
        take(ratchets, rows, 5, 3)
        rows.write(ratchets.take(rows, 5, True, 3)[1])
    expected = {leaf: ratchets.take(rows, leaf, False, 0)[0].key for leaf in (4, 6, 7)}
    rows.write(ratchets.forget(rows, 5))
    assert not ratchets.has_keys(rows, 5)
    assert not [key for kind in "ahAH" for key in rows.keys(f"{epoch_prefix(7)}{kind}/{5:08x}")]
    with refused("message-key-used"):
        ratchets.take(rows, 5, False, 9)
    for leaf, key in expected.items():
        assert ratchets.has_keys(rows, leaf)
        assert ratchets.take(rows, leaf, False, 0)[0].key == key


def test_secrets_do_not_show() -> None:
    ratchets, rows = begun()
    key, delta = ratchets.take(rows, 1, False, 0)
    assert key.key.hex() not in repr(key)
    assert "b'" not in repr(delta)
