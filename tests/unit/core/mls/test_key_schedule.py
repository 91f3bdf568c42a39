"""The key schedule (official values: tests/vectors)."""

import pytest

from coterie.core.crypto.kdf import derive_secret, expand_with_label
from coterie.core.crypto.suites import suite
from coterie.core.mls.key_schedule import (
    SECRET_NAMES,
    Schedule,
    confirmation_tag,
    export,
    external_key_pair,
    joiner_secret,
    schedule_from_epoch,
    schedule_from_joiner,
    welcome_key,
    zero_secret,
)

SUITE = suite(1)
ZERO = zero_secret(SUITE)


def made(init: bytes = ZERO, commit: bytes = ZERO, psk: bytes = ZERO, context: bytes = b"") -> Schedule:
    return schedule_from_joiner(SUITE, joiner_secret(SUITE, init, commit, context), psk, context)


def test_every_input_changes_every_secret() -> None:
    other = b"\x01" * 32
    schedules = [made(), made(init=other), made(commit=other), made(psk=other), made(context=b"c")]
    for name in SECRET_NAMES:
        assert len({getattr(schedule.secrets, name) for schedule in schedules}) == 5
    for name in ("encryption", "welcome"):
        assert len({getattr(schedule, name) for schedule in schedules}) == 5


def test_the_secrets_of_an_epoch_differ() -> None:
    schedule = made()
    values = [getattr(schedule.secrets, name) for name in SECRET_NAMES]
    assert len({*values, schedule.encryption, schedule.joiner, schedule.welcome}) == len(SECRET_NAMES) + 3


def test_a_new_group_begins_with_its_epoch_secret() -> None:
    assert schedule_from_epoch(SUITE, ZERO).secrets.exporter == derive_secret(SUITE, ZERO, "exporter")


def test_the_exporter_hashes_its_context() -> None:
    raw = expand_with_label(SUITE, derive_secret(SUITE, ZERO, "label"), "exported", b"context", 32)
    assert export(SUITE, ZERO, "label", b"context", 32) != raw
    assert len(export(SUITE, ZERO, "label", bytes(100_000), 16)) == 16


@pytest.mark.parametrize("suite_id", [1, 2, 3, 7, 0xF602])
def test_sizes_fit_the_suite(suite_id: int) -> None:
    chosen = suite(suite_id)
    key, nonce = welcome_key(chosen, zero_secret(chosen))
    assert (len(key), len(nonce)) == (chosen.key_size, chosen.nonce_size)
    assert len(confirmation_tag(chosen, b"key", b"transcript")) == chosen.hash_size
    pair = external_key_pair(chosen, zero_secret(chosen))
    assert pair == external_key_pair(chosen, zero_secret(chosen))


def test_secrets_do_not_show() -> None:
    assert "b'" not in repr(made())
