import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coterie.core.crypto import hpke, kem
from coterie.core.crypto.suites import SUITES, AeadId, KemId, SignatureScheme, Suite, suite
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import EnvelopeId
from coterie.core.wire.sealed_block import (
    BlockContent,
    BlockHeader,
    Envelopes,
    Fragment,
    block_room,
    open_block,
    parse_block_header,
    seal_block,
)
from coterie.testing.entropy import SeededEntropy

SUITE = suite(0x0001)
PAIR = kem.generate_key_pair(SUITE, SeededEntropy(1))
HEADER = BlockHeader(bytes(range(32)), 500_000)
CONTENT = Envelopes((b"first envelope", b"second"))


def sealed(content: BlockContent = CONTENT) -> bytes:
    return seal_block(SUITE, PAIR.public, HEADER, content, SeededEntropy(2))


def code_of(block: bytes) -> str:
    with pytest.raises(PeerError) as caught:
        open_block(SUITE, PAIR.private, block)
    return caught.value.code


@pytest.mark.parametrize("suite_id", SUITES)
def test_round_trip_in_every_suite(suite_id: int) -> None:
    chosen = suite(suite_id)
    pair = kem.generate_key_pair(chosen, SeededEntropy(1))
    block = seal_block(chosen, pair.public, HEADER, CONTENT, SeededEntropy(2))
    assert len(block) == 16_384
    assert open_block(chosen, pair.private, block) == CONTENT
    assert parse_block_header(block) == HEADER


def test_room() -> None:
    tbd5 = Suite(0xF605, "TBD5", KemId.MLKEM1024_P384, "sha384", AeadId.AES_256_GCM, SignatureScheme.ECDSA_P384_SHA384)
    assert (block_room(suite(0xF602)), block_room(tbd5)) == (15_211, 14_666)


contents = st.one_of(
    st.lists(st.binary(min_size=1, max_size=3000), min_size=1, max_size=4).map(lambda found: Envelopes(tuple(found))),
    st.builds(
        lambda number, index, count, data: Fragment(EnvelopeId(number), index, index + count, data),
        st.binary(min_size=32, max_size=32),
        st.integers(0, 1000),
        st.integers(1, 1000),
        st.binary(min_size=1, max_size=14_336),
    ),
)


@settings(max_examples=25)
@given(contents)
def test_round_trip(content: BlockContent) -> None:
    assert open_block(SUITE, PAIR.private, sealed(content)) == content


def test_exactly_full_and_one_byte_more() -> None:
    room = block_room(SUITE)
    full = Envelopes((bytes([1]) * (room - 5),))
    assert open_block(SUITE, PAIR.private, sealed(full)) == full
    almost = Envelopes((bytes([1]) * (room - 7),))
    assert open_block(SUITE, PAIR.private, sealed(almost)) == almost
    with pytest.raises(ValueError, match="does not fit"):
        sealed(Envelopes((bytes(room - 4),)))


def test_T001_T002_any_other_size_is_refused() -> None:
    block = sealed()
    for changed in (b"", block[:1], block[:-1], block + b"\x00", block + bytes(64)):
        assert code_of(changed) == "malformed"


def test_T003_flipped_bits_are_refused() -> None:
    block = sealed()
    for byte in {*range(37 + 32 + 20), *range(100, len(block), 997), len(block) - 1}:
        flipped = block[:byte] + bytes([block[byte] ^ 1]) + block[byte + 1 :]
        assert code_of(flipped) == ("needs-newer-version" if byte == 0 else "bad-ciphertext")


def test_another_device_cannot_open_it() -> None:
    other = kem.generate_key_pair(SUITE, SeededEntropy(3))
    with pytest.raises(PeerError) as caught:
        open_block(SUITE, other.private, sealed())
    assert caught.value.code == "bad-ciphertext"


def test_blocks_of_one_content_differ_and_show_nothing() -> None:
    entropy = SeededEntropy(4)
    blocks = [seal_block(SUITE, PAIR.public, HEADER, CONTENT, entropy) for _ in range(2)]
    assert blocks[0] != blocks[1]
    assert b"first envelope" not in blocks[0]


def with_plain(plain: bytes) -> bytes:
    """A block whose maker did not keep to the form."""
    head = HEADER.encode()
    filled = plain.ljust(block_room(SUITE), b"\x00")
    enc, ciphertext = hpke.seal(SUITE, PAIR.public, b"coterie 1 block" + head, b"", filled, SeededEntropy(5))
    return head + enc + ciphertext


@pytest.mark.parametrize(
    ("plain", "code"),
    [
        (b"", "needs-newer-version"),
        (b"\x07", "needs-newer-version"),
        (b"\x01", "malformed"),
        (b"\x01\x00\x00\x00\x01a\x00\x00\x00\x00x", "malformed"),
        (b"\x01\x00\x00\xff\xff", "malformed"),
        (b"\x01\xff\xff\xff\xff", "malformed"),
        (b"\x02" + bytes(32) + b"\x00\x01\x00\x01\x00\x00\x00\x01a", "malformed"),
        (b"\x02" + bytes(32) + b"\x00\x00\x00\x01\x00\x00\x00\x00", "malformed"),
        (b"\x02" + bytes(32) + b"\x00\x00\x00\x01\x00\x00\x00\x01a\x00x", "malformed"),
    ],
)
def test_T007_T008_what_is_inside_is_parsed_strictly(plain: bytes, code: str) -> None:
    assert code_of(with_plain(plain)) == code


def test_T041_a_block_opens_under_no_other_use_of_the_key() -> None:
    block = sealed()
    with pytest.raises(PeerError):
        hpke.open_sealed(SUITE, PAIR.private, block[37:69], b"", b"", block[69:])
