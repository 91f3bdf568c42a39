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
    """Raises MismatchError, naming the field, unless both are the same (and 1 is neither true nor 1.0)."""
    if not _same(ours, theirs):
        raise MismatchError(f"{field} differs")


def _same(ours: object, theirs: object) -> bool:
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(_same, ours, theirs))
    return type(ours) is type(theirs) and ours == theirs


def unhex(field: str, value: object) -> bytes:
    """The bytes of a hex text: two digits a byte and nothing else."""
    if not isinstance(value, str):
        raise MismatchError(f"{field} is no hex text")
    try:
        found = bytes.fromhex(value)
    except ValueError:
        found = b""
    if 2 * len(found) != len(value):
        raise MismatchError(f"{field} is no hex text")
    return found


def _find(case: Case, path: tuple[str, ...]) -> Any:
    value: Any = case
    for key in path:
        if not isinstance(value, dict) or key not in value:
            raise MismatchError(f"{key} is missing")
        value = value[key]
    return value


def data(case: Case, *path: str) -> bytes:
    """The bytes of a hex field, by the keys that lead to it."""
    return unhex(path[-1], _find(case, path))


def secret(case: Case, suite: Suite, *path: str) -> bytes:
    """A secret of the key schedule: its size is that of the hash. (HMAC would read zeros behind it as nothing.)"""
    found = data(case, *path)
    equal(f"size of {path[-1]}", len(found), suite.hash_size)
    return found


def number(case: Case, field: str) -> int:
    """A whole number; JSON's true, 1.0 and "1" are none."""
    found = _find(case, (field,))
    if type(found) is not int:
        raise MismatchError(f"{field} is no number")
    return found


def entries(case: Case, field: str) -> list[Any]:
    """A list; an object or a text is none, though Python would go through it."""
    found = _find(case, (field,))
    if not isinstance(found, list):
        raise MismatchError(f"{field} is no list")
    return found


def some_entries(case: Case, field: str) -> list[Any]:
    """A list on which the whole case rests: without an entry nothing would be checked."""
    found = entries(case, field)
    if not found:
        raise MismatchError(f"{field} is empty")
    return found


def suite_of(case: Case) -> Suite:
    """The case's suite; skipped if we do not have it."""
    suite_id = number(case, "cipher_suite")
    if not 0 < suite_id <= 0xFFFF:  # 0 is reserved and can never be a suite
        raise MismatchError("cipher_suite is no uint16 above 0")
    found = SUITES.get(suite_id)
    if found is None:
        raise SkippedError(f"ciphersuite 0x{suite_id:04x} is not supported")
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
