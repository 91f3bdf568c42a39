"""Sending application data."""

import pytest

from coterie.core.kernel.errors import PeerError
from coterie.core.mls.limits import MAX_FIELD, MAX_MESSAGE
from coterie.core.mls.protect import protect
from coterie.core.mls.ratchets import epoch_prefix
from coterie.testing.mls_party import Party

Pair = tuple[Party, Party]


def test_a_ciphertext_comes_with_the_step_of_its_ratchet(pair: Pair) -> None:
    alice, _ = pair
    first = alice.sign(protect(alice.group, alice.rows, b"text", entropy=alice.entropy))
    assert [key for key, _ in first.delta.changes] == [f"{epoch_prefix(1)}a/00000000"]
    assert first.generation == 0
    alice.rows.write(first.delta)
    second = alice.sign(protect(alice.group, alice.rows, b"text", entropy=alice.entropy))
    assert second.generation == 1
    assert first.message != second.message


def test_the_whole_message_gets_the_wanted_size(pair: Pair) -> None:
    alice, bob = pair
    for size in (0, 1, 100, 400):
        asked: list[int] = []

        def wanted(unpadded: int, asked: list[int] = asked) -> int:
            asked.append(unpadded)
            return 768

        work = protect(alice.group, alice.rows, bytes(size), padded_size=wanted, entropy=alice.entropy)
        protected = alice.sign(work)
        alice.rows.write(protected.delta)
        assert len(protected.message) == 768
        assert len(asked) == 1
        assert bob.read(protected.message) == bytes(size)


def test_the_ratchet_is_read_when_the_signature_is_back(pair: Pair) -> None:
    alice, bob = pair
    slow = protect(alice.group, alice.rows, b"slow", entropy=alice.entropy)
    to_sign = next(slow)
    quick = alice.send(b"quick")
    with pytest.raises(StopIteration) as done:
        slow.send(alice.signer.sign(to_sign))
    alice.rows.write(done.value.value.delta)
    assert bob.read(quick) == b"quick"
    assert bob.read(done.value.value.message) == b"slow"


def test_too_much_to_send(pair: Pair) -> None:
    """What every receiver would refuse never leaves; what is just small enough arrives."""
    alice, bob = pair
    largest, clear = bytes(MAX_MESSAGE // 2), bytes(MAX_FIELD)
    assert bob.read(alice.send(largest, clear)) == largest
    before = dict(alice.rows.values)
    for text, authenticated_data in ((largest + b"\x00", b""), (b"", clear + b"\x00")):
        with pytest.raises(PeerError) as caught:
            alice.send(text, authenticated_data)
        assert caught.value.code == "malformed"
    assert alice.rows.values == before


def test_plaintext_does_not_show(pair: Pair) -> None:
    alice, _ = pair
    assert b"'" not in repr(alice.sign(protect(alice.group, alice.rows, b"t", entropy=alice.entropy))).encode()
