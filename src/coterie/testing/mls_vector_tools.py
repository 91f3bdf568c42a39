"""What the vector checks share: reading a case, comparing, and the two ways in which a case does not pass."""

from typing import Any, TypeAlias

from coterie.core.crypto.hpke import decrypt_with_label, encrypt_with_label
from coterie.core.crypto.suites import SUITES, SignatureScheme, Suite
from coterie.core.kernel.secret import Secret
from coterie.testing.entropy import SeededEntropy

Case: TypeAlias = dict[str, Any]
"""One object of a vector file, as JSON gave it."""


class SkippedError(Exception):
    """The case needs a suite or a feature that is left to a later issue; the text names it."""


class MismatchError(Exception):
    """We computed something else than the vector says; the text names the field."""


def equal(field: str, ours: object, theirs: object) -> None:
    """Raises MismatchError, naming the field, unless both are the same."""
    if ours != theirs:
        raise MismatchError(f"{field} differs")


def data(case: Case, *path: str) -> bytes:
    """The bytes of a hex field, by the keys that lead to it."""
    value: Any = case
    for key in path:
        value = value[key]
    return bytes.fromhex(value)


def suite_of(case: Case) -> Suite:
    """The case's suite; skipped if we do not have it."""
    number = case["cipher_suite"]
    if type(number) is not int or not 0 <= number <= 0xFFFF:
        raise MismatchError("cipher_suite is no uint16")
    found = SUITES.get(number)
    if found is None:
        raise SkippedError(f"ciphersuite 0x{number:04x} is not supported")
    return found


_SCALAR_SIZES = {SignatureScheme.ECDSA_P256_SHA256: 32, SignatureScheme.ECDSA_P384_SHA384: 48}
"""Of suites on a NIST curve, for both kinds of keys."""


def private_key(case: Case, suite: Suite, field: str) -> Secret:
    """A private key. The published files leave out zero bytes that a curve's number begins with."""
    return Secret(data(case, field).rjust(_SCALAR_SIZES.get(suite.signature, 0), b"\0"))


def belongs(field: str, suite: Suite, public: bytes, private: Secret) -> None:
    """Raises, unless what is encrypted to the public HPKE key opens with the private one in `field`."""
    sealed = encrypt_with_label(suite, public, "check", b"", b"probe", SeededEntropy(1))
    equal(field, decrypt_with_label(suite, private, "check", b"", *sealed), b"probe")
