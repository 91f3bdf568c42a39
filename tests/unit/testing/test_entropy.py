from coterie.testing.entropy import SeededEntropy


def test_same_seed_same_bytes() -> None:
    assert SeededEntropy(7).random(100) == SeededEntropy(7).random(100)


def test_other_seed_other_bytes() -> None:
    assert SeededEntropy(7).random(32) != SeededEntropy("7").random(32) != SeededEntropy(b"7").random(32)


def test_a_stream_however_it_is_cut() -> None:
    whole, cut = SeededEntropy(1), SeededEntropy(1)
    assert whole.random(70) == b"".join(cut.random(size) for size in (0, 1, 31, 33, 5))
