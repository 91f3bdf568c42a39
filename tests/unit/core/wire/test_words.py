import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coterie.core.crypto.suites import SUITES, suite
from coterie.core.wire.words import six_words
from coterie.core.wire.words_en import WORD_LIST

LIST = WORD_LIST.split()


@pytest.mark.parametrize("suite_id", SUITES)
def test_six_words_of_the_list(suite_id: int) -> None:
    words = six_words(suite(suite_id), "label", b"transcript").split(" ")
    assert len(words) == 6
    assert set(words) <= set(LIST)


@given(st.binary(max_size=64), st.binary(max_size=64))
def test_other_input_other_words(first: bytes, second: bytes) -> None:
    words = [six_words(suite(0xF602), "label", data) for data in (first, second)]
    assert (words[0] == words[1]) == (first == second)


def test_label_and_suite_count() -> None:
    assert len({six_words(suite(s), label, b"x") for s in (1, 0xF602) for label in ("a", "b")}) == 4


def test_by_hand() -> None:
    """66 bits of HKDF-SHA256, highest first."""
    prk = hmac.digest(b"label", b"transcript", "sha256")
    block = hmac.digest(prk, b"six words\x01", "sha256")
    bits = bin(int.from_bytes(block, "big") | 1 << 256)[3:]
    expected = " ".join(LIST[int(bits[at : at + 11], 2)] for at in range(0, 66, 11))
    assert six_words(suite(0x0001), "label", b"transcript") == expected


def test_every_place_uses_the_whole_list() -> None:
    seen: list[set[str]] = [set() for _ in range(6)]
    for number in range(2000):
        for place, word in enumerate(six_words(suite(0x0001), "label", number.to_bytes(4, "big")).split()):
            seen[place].add(word)
    assert min(len(words) for words in seen) > 1200
