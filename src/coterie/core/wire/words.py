"""Six words of a list of 2,048: 66 bits that two people can read to each other."""

from coterie.core.crypto import kdf
from coterie.core.crypto.suites import Suite
from coterie.core.wire.words_en import WORD_LIST

WORDS = 6
BITS = 11

_LIST = tuple(WORD_LIST.split())


def six_words(suite: Suite, label: str, secret: bytes) -> str:
    """The words of `secret` (a transcript hash, or both nonces with what they bind), separated by spaces."""
    prk = kdf.extract(suite, label.encode("ascii"), secret)
    size = -(-WORDS * BITS // 8)
    number = int.from_bytes(kdf.expand(suite, prk, b"six words", size), "big") >> (8 * size - WORDS * BITS)
    places = [number >> BITS * position & (1 << BITS) - 1 for position in reversed(range(WORDS))]
    return " ".join(_LIST[place] for place in places)
