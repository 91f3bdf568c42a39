import pytest
from hypothesis import given
from hypothesis import strategies as st

from coterie.core.kernel.errors import PeerError
from coterie.core.wire.link_text import (
    ALPHABET,
    BLOCK_SYMBOLS,
    check_symbols,
    decode_text,
    encode_text,
    strip_ignored,
)

LABEL = b"test"
DATA = bytes(range(100, 168))
TEXT = encode_text(LABEL, DATA)
BLOCK = BLOCK_SYMBOLS + 2


def error_of(text: str) -> PeerError:
    with pytest.raises(PeerError) as caught:
        decode_text(LABEL, text)
    return caught.value


def multiply(a: int, b: int) -> int:
    """GF(32) by shifting and adding: independent of the tables."""
    product = 0
    while b:
        if b & 1:
            product ^= a
        a = a << 1 ^ (0b100101 if a & 16 else 0)
        b >>= 1
    return product


@given(st.integers(0, 99), st.lists(st.integers(0, 31), min_size=1, max_size=24))
def test_check_symbols_make_a_codeword(number: int, symbols: list[int]) -> None:
    """A codeword has α and α² as roots."""
    word = [number % 32, *symbols, *check_symbols(number, symbols)]
    for root in (2, 4):
        value = 0
        for symbol in word:
            value = multiply(value, root) ^ symbol
        assert value == 0


@given(st.binary(max_size=300))
def test_round_trip_in_either_case(data: bytes) -> None:
    text = encode_text(LABEL, data)
    assert decode_text(LABEL, text) == decode_text(LABEL, text.lower()) == data
    assert set(text) <= set(ALPHABET)


def test_T049_every_substitution_names_its_block() -> None:
    for place in range(len(TEXT)):
        for symbol in ALPHABET:
            if symbol == TEXT[place]:
                continue
            error = error_of(TEXT[:place] + symbol + TEXT[place + 1 :])
            start = place // BLOCK * BLOCK
            end = min(start + BLOCK, len(TEXT))
            assert error.code == "malformed"
            assert error.message == f"something is wrong between the characters {start + 1} and {end}"


def test_T049_every_transposition_in_a_block_is_noticed() -> None:
    for place in range(len(TEXT) - 1):
        if TEXT[place] != TEXT[place + 1]:
            swapped = TEXT[:place] + TEXT[place + 1] + TEXT[place] + TEXT[place + 2 :]
            assert error_of(swapped).code == "malformed"


def test_T049_swapped_and_repeated_blocks_are_noticed() -> None:
    swapped = TEXT[BLOCK : 2 * BLOCK] + TEXT[:BLOCK] + TEXT[2 * BLOCK :]
    assert error_of(swapped).message.endswith("between the characters 1 and 26")
    repeated = TEXT[:BLOCK] + TEXT
    assert error_of(repeated).message.endswith("between the characters 27 and 52")


def test_T049_inserted_and_lost_characters_name_the_first_block_that_they_shift() -> None:
    assert error_of(TEXT[:30] + "A" + TEXT[30:]).message.endswith("27 and 52")
    assert error_of(TEXT[:30] + TEXT[31:]).message.endswith("27 and 52")


def test_T001_every_truncation_is_refused() -> None:
    for size in range(len(TEXT)):
        code = error_of(TEXT[:size]).code
        assert code == ("cut-or-mixed" if size % BLOCK == 0 else "malformed")


def test_T049_texts_put_together_from_two_are_refused() -> None:
    other = encode_text(LABEL, bytes(68))
    assert error_of(TEXT[:BLOCK] + other[BLOCK:]).code == "cut-or-mixed"


def test_another_label_is_another_text() -> None:
    with pytest.raises(PeerError) as caught:
        decode_text(b"other", TEXT)
    assert caught.value.code == "cut-or-mixed"


@pytest.mark.parametrize("character", ["0", "1", "8", "=", "-", "ı", "ſ", "Ａ", "ß", "\u0391"])
def test_T006_only_ascii_letters_of_the_alphabet(character: str) -> None:
    error = error_of(TEXT[:40] + character + TEXT[41:])
    assert error.code == "malformed"
    assert error.message.startswith("character 41 ")


def test_T006_fill_bits_must_be_zero() -> None:
    block = encode_text(LABEL, b"")
    symbols = [ALPHABET.index(symbol) for symbol in block[:-2]]
    assert len(symbols) == 7  # four bytes of checksum: 32 bits in 35
    for fill in range(1, 8):
        changed = [*symbols[:-1], symbols[-1] | fill]
        text = "".join(ALPHABET[value] for value in (*changed, *check_symbols(0, changed)))
        assert error_of(text).code == "malformed"


@pytest.mark.parametrize(("data", "count"), [(b"a", 8), (b"ab", 10)])
def test_T006_no_superfluous_symbol(data: bytes, count: int) -> None:
    """Five bytes are eight symbols, six are ten; a zero after them would say the same once more."""
    symbols = [ALPHABET.index(symbol) for symbol in encode_text(LABEL, data)[:-2]] + [0]
    assert len(symbols) == count + 1
    text = "".join(ALPHABET[value] for value in (*symbols, *check_symbols(0, symbols)))
    assert error_of(text).code == "malformed"


def test_T006_no_block_of_check_symbols_alone() -> None:
    """After whole blocks it would say the same once more."""
    whole = encode_text(LABEL, bytes(11))
    assert len(whole) == BLOCK
    assert error_of(whole + "".join(ALPHABET[value] for value in check_symbols(1, ()))).code == "malformed"


def test_white_space_and_its_relatives_are_ignored() -> None:
    ignored = " \t\n\r\v\f\u00a0\u00ad\u200b\u200c\u200d\u2060\ufeff"
    assert strip_ignored(ignored.join(TEXT)) == TEXT
    assert strip_ignored("\u2003\u3000") == "\u2003\u3000"
