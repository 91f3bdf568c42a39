from typing import Any

import pytest

from coterie.core.crypto import signature
from coterie.core.crypto.signing import Signing, complete, sign_with_label
from coterie.core.crypto.suites import SUITES

SUITE = SUITES[0x0001]


def two_signatures() -> Signing[tuple[bytes, bytes]]:
    first = yield from sign_with_label("First", b"one")
    second = yield from sign_with_label("Second", first)
    return first, second


def nothing_to_sign() -> Signing[str]:
    yield from ()
    return "done"


def test_a_signer_in_memory_completes_the_work(entropy: Any) -> None:
    signer = signature.generate_signer(SUITE, entropy)
    first, second = complete(two_signatures(), signer)
    signature.verify_with_label(SUITE, signer.public_key, "First", b"one", first)
    signature.verify_with_label(SUITE, signer.public_key, "Second", first, second)


def test_work_without_a_signature_completes_too(entropy: Any) -> None:
    assert complete(nothing_to_sign(), signature.generate_signer(SUITE, entropy)) == "done"


def test_a_slow_signer_may_answer_step_by_step() -> None:
    work = two_signatures()
    assert next(work) == signature.sign_content("First", b"one")
    assert work.send(b"an answer") == signature.sign_content("Second", b"an answer")
    with pytest.raises(StopIteration) as done:
        work.send(b"another")
    assert done.value.value == (b"an answer", b"another")
