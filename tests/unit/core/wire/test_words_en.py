import hashlib

from coterie.core.wire.words_en import WORD_LIST

WORDS = WORD_LIST.split()


def test_the_list_is_that_of_bip_39() -> None:
    digest = hashlib.sha256("".join(f"{word}\n" for word in WORDS).encode()).hexdigest()
    assert digest == "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda"


def test_four_letters_tell_them_apart() -> None:
    assert len(WORDS) == len({word[:4] for word in WORDS}) == 2048
    assert sorted(WORDS) == WORDS
