"""Argon2id: how dear each guess of a passphrase is made (RFC 9106), measured on the machine that uses it."""

import math
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from argon2.exceptions import HashingError
from argon2.low_level import ARGON2_VERSION, Type, hash_secret_raw

from coterie.core.kernel.errors import UserError
from coterie.core.kernel.secret import Secret

TARGET_SECONDS = 0.5
"""What one guess is to cost on this machine."""
KIB_PER_MIB = 1024
MEMORY_KIB = 128 * KIB_PER_MIB
LANES = 4
"""RFC 9106 section 4 recommends four lanes; a machine with fewer cores needs longer for them."""
MINIMUM_PASSES = 2
"""With 128 MiB, well above the least that OWASP asks for (19 MiB and two passes)."""
MAXIMUM_PASSES = 64
MAXIMUM_MEMORY_KIB = 4096 * KIB_PER_MIB
MAXIMUM_LANES = 64
OWASP_MEMORY_KIB = 19 * KIB_PER_MIB
OUTPUT_SIZE = 32


@dataclass(frozen=True, slots=True)
class Stretching:
    """Argon2id parameters; they stand in clear beside the vault."""

    passes: int
    memory_kib: int
    lanes: int

    def acceptable(self) -> bool:
        """Between the least that we ever write and the most that we are willing to compute for a file."""
        return (
            MINIMUM_PASSES <= self.passes <= MAXIMUM_PASSES
            and OWASP_MEMORY_KIB <= self.memory_kib <= MAXIMUM_MEMORY_KIB
            and 1 <= self.lanes <= MAXIMUM_LANES
        )


LEAST = Stretching(MINIMUM_PASSES, OWASP_MEMORY_KIB, 1)
"""The least that is accepted (OWASP's minimum): for tests, never chosen by `calibrate`."""


def stretch(passphrase: Secret, salt: bytes, cost: Stretching) -> bytes:
    """32 bytes from a passphrase and a salt. Raises `passphrase-empty`: an empty one protects nothing; MemoryError."""
    if not len(passphrase):
        raise UserError("passphrase-empty", "the passphrase is empty", "choose several words")
    try:
        return hash_secret_raw(
            secret=_normal(passphrase),
            salt=salt,
            time_cost=cost.passes,
            memory_cost=cost.memory_kib,
            parallelism=cost.lanes,
            hash_len=OUTPUT_SIZE,
            type=Type.ID,
            version=ARGON2_VERSION,
        )
    except HashingError:  # with parameters like these, only for want of memory, or of a thread
        raise MemoryError from None


def calibrate(
    clock: Callable[[], float] = time.perf_counter,
    stretch_once: Callable[[Secret, bytes, Stretching], bytes] = stretch,
) -> Stretching:
    """Parameters that cost about `TARGET_SECONDS` here: the memory is fixed, the number of passes is measured."""
    probe = Stretching(MINIMUM_PASSES, MEMORY_KIB, LANES)
    start = clock()
    stretch_once(Secret(b"calibration"), bytes(16), probe)
    one_pass = max((clock() - start) / probe.passes, 1e-6)
    passes = math.ceil(TARGET_SECONDS / one_pass)
    return Stretching(min(max(passes, MINIMUM_PASSES), MAXIMUM_PASSES), MEMORY_KIB, LANES)


def _normal(passphrase: Secret) -> bytes:
    """NFC, so that two keyboards write one passphrase alike; bytes that are no UTF-8 stay as they are."""
    try:
        return unicodedata.normalize("NFC", passphrase.reveal().decode("utf-8")).encode("utf-8")
    except UnicodeDecodeError:
        return passphrase.reveal()
