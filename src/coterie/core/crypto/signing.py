"""Operations that sign, as generators: they yield the exact bytes to sign and are sent the signature.

So a signer may be a key in memory, a token that answers in a second, or another process, and the code that
builds a commit or a certificate is the same and stays free of waiting.
"""

from collections.abc import Generator
from typing import TypeAlias, TypeVar

from coterie.core.crypto.signature import Signer, sign_content

T = TypeVar("T")

Signing: TypeAlias = Generator[bytes, bytes, T]
"""Yields bytes to sign, receives their signature, returns a T."""


def sign_with_label(label: str, content: bytes) -> Signing[bytes]:
    """SignWithLabel of RFC 9420 5.1.2 as one step: `signature = yield from sign_with_label(…)`."""
    signature = yield sign_content(label, content)
    return signature


def complete(work: Signing[T], signer: Signer) -> T:
    """Runs `work` to its end with a signer that answers at once."""
    try:
        to_sign = next(work)
        while True:
            to_sign = work.send(signer.sign(to_sign))
    except StopIteration as done:
        result: T = done.value
        return result
