"""Argon2id: a published vector, the calibration, and the bounds of what a file may ask for."""

import pytest
from argon2.exceptions import HashingError

from coterie.adapters.vault import stretching
from coterie.adapters.vault.stretching import (
    LANES,
    LEAST,
    MAXIMUM_PASSES,
    MEMORY_KIB,
    MINIMUM_PASSES,
    Stretching,
    calibrate,
    stretch,
)
from coterie.core.kernel.errors import UserError
from coterie.core.kernel.secret import Secret


class FakeMachine:
    """Each pass takes `seconds`."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.now = 0.0

    def clock(self) -> float:
        return self.now

    def stretch(self, passphrase: Secret, salt: bytes, cost: Stretching) -> bytes:
        self.now += self.seconds * cost.passes
        return bytes(32)


def test_the_reference_implementations_vector() -> None:
    """Argon2id v=19, t=2, m=64 MiB, p=1, "password", "somesalt": test.c of the reference implementation."""
    found = stretch(Secret(b"password"), b"somesalt", Stretching(2, 65536, 1))
    assert found.hex() == "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7"


@pytest.mark.parametrize(
    ("seconds", "passes"), [(0.1, 5), (0.12, 5), (0.25, 2), (3.0, MINIMUM_PASSES), (0, MAXIMUM_PASSES)]
)
def test_calibration_meets_half_a_second_within_its_bounds(seconds: float, passes: int) -> None:
    machine = FakeMachine(seconds)
    assert calibrate(machine.clock, machine.stretch) == Stretching(passes, MEMORY_KIB, LANES)


def test_the_least_is_owasps_minimum_and_less_is_refused() -> None:
    assert LEAST.acceptable()
    assert (LEAST.passes, LEAST.memory_kib) == (2, 19 * 1024)
    for bad in (
        Stretching(1, 65536, 1),
        Stretching(2, 1024, 1),
        Stretching(2, 65536, 0),
        Stretching(65, 65536, 1),
        Stretching(2, 1 << 31, 1),
        Stretching(2, 65536, 65),
    ):
        assert not bad.acceptable()


def test_two_ways_to_write_one_letter_are_one_passphrase() -> None:
    composed, decomposed = Secret("caf\u00e9".encode()), Secret("cafe\u0301".encode())
    assert composed != decomposed
    assert stretch(composed, bytes(16), LEAST) == stretch(decomposed, bytes(16), LEAST)


def test_a_passphrase_may_be_any_bytes() -> None:
    assert stretch(Secret(b"\xff\xfe"), bytes(16), LEAST) != stretch(Secret(b"\xff"), bytes(16), LEAST)


def test_an_empty_passphrase_is_refused() -> None:
    with pytest.raises(UserError) as caught:
        stretch(Secret(b""), bytes(16), LEAST)
    assert caught.value.code == "passphrase-empty"


def test_a_machine_without_that_much_memory_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_little(**_: object) -> bytes:
        raise HashingError("Memory allocation error")

    monkeypatch.setattr(stretching, "hash_secret_raw", too_little)
    with pytest.raises(MemoryError):
        stretch(Secret(b"x"), bytes(16), LEAST)
