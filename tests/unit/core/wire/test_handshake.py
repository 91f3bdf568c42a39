from enum import IntEnum
from types import MappingProxyType

import pytest

from coterie.core.codec.tls import Reader
from coterie.core.crypto.signature import SoftwareSigner, generate_signer, sign_content
from coterie.core.crypto.signing import complete
from coterie.core.crypto.suites import AeadId, KemId, SignatureScheme, Suite, suite
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import CircleId, EndpointId
from coterie.core.wire.handshake import (
    CLOSED,
    START,
    Conduct,
    Role,
    Row,
    Table,
    frame_limit,
    must_be_empty,
    non_empty,
    proof_content,
    read_version,
    sign_proof,
)
from coterie.core.wire.link_cipher import LinkCipher
from coterie.core.wire.transcript import Transcript
from coterie.testing.entropy import SeededEntropy

SUITE = suite(0x0001)


class Step(IntEnum):
    ASK = 1
    TELL = 2


TABLE: Table = MappingProxyType(
    {
        (START, Step.ASK): Row(Role.CALLER, False, "asked"),
        ("asked", Step.TELL): Row(Role.CALLED, True, "told"),
    }
)


def conducts() -> tuple[Conduct, Conduct]:
    made = Conduct(TABLE, Role.CALLER), Conduct(TABLE, Role.CALLED)
    for conduct in made:
        conduct.record(Transcript(SUITE, b"a", EndpointId(b"b"), EndpointId(b"c"), CircleId(b"d"), b""))
    made[0].seal_with(LinkCipher(SUITE, bytes(16), bytes([1]) * 16))
    made[1].seal_with(LinkCipher(SUITE, bytes([1]) * 16, bytes(16)))
    return made


def test_both_sides_see_the_same() -> None:
    caller, called = conducts()
    ask = caller.put(Step.ASK, b"?")
    assert ask.body == b"?"
    assert called.take(ask.type, ask.body) == b"?"
    tell = called.put(Step.TELL, b"!")
    assert tell.body != b"!"
    assert caller.take(tell.type, tell.body) == b"!"
    assert caller.state == called.state == "told"
    assert caller.hash == called.hash


def test_the_other_sides_frames_cannot_be_sent_nor_ones_own_received() -> None:
    caller, called = conducts()
    with pytest.raises(RuntimeError):
        called.put(Step.ASK, b"")
    with pytest.raises(PeerError) as caught:
        caller.take(Step.ASK, b"")
    assert caught.value.code == "out-of-order"


def test_closed_is_closed() -> None:
    caller, _ = conducts()
    caller.close()
    assert caller.state == CLOSED
    with pytest.raises(RuntimeError):
        caller.put(Step.ASK, b"")
    with pytest.raises(PeerError):
        caller.take(Step.TELL, b"")


def test_nothing_is_there_before_it_is_made() -> None:
    conduct = Conduct(TABLE, Role.CALLER)
    assert conduct.hash == b""
    with pytest.raises(RuntimeError):
        _ = conduct.transcript
    with pytest.raises(RuntimeError):
        _ = conduct.cipher


def test_a_proof_is_signed_with_label_role_and_transcript() -> None:
    signer: SoftwareSigner = generate_signer(SUITE, SeededEntropy(1))
    signature = complete(sign_proof("Coterie 1 x", "joiner", b"hash"), signer)
    assert proof_content("joiner", b"hash") == b"\x06joiner\x04hash"
    assert signature == signer.sign(sign_content("Coterie 1 x", b"\x06joiner\x04hash"))


def test_small_checks() -> None:
    read_version(Reader(b"\x01"), 1)
    with pytest.raises(PeerError, match="version 9"):
        read_version(Reader(b"\x09"), 1)
    assert non_empty(b"x", "it") == b"x"
    with pytest.raises(PeerError, match="it"):
        non_empty(b"", "it")
    must_be_empty(b"")
    with pytest.raises(PeerError):
        must_be_empty(b"x")


def test_frame_limits() -> None:
    mldsa = Suite(0xF609, "TBD9", KemId.MLKEM768_X25519, "sha384", AeadId.CHACHA20_POLY1305, SignatureScheme.MLDSA44)
    assert frame_limit(SUITE) == 32 * 1024
    assert frame_limit(mldsa) == 128 * 1024
