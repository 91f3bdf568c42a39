"""Certificates: made, parsed, verified, and everything that is wrong with one refused."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from coterie.core.codec.items import Item
from coterie.core.codec.tls import opaque
from coterie.core.crypto.signature import SoftwareSigner
from coterie.core.crypto.signing import complete
from coterie.core.crypto.suites import suite
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import ZERO_ID
from coterie.core.kernel.limits import CERTIFICATE_SIZE
from coterie.core.trust.certificates import (
    Certificate,
    CertificateFields,
    certificate_suite,
    parse_certificate,
    sign_first_certificate,
    sign_further_certificate,
    sign_request,
    verify_certificate,
)
from coterie.testing.circle_book import CircleBook

BOOK = CircleBook("certificates", signed=True)
JOINER = BOOK.stranger()
BELOW = BOOK.further_device(JOINER)
SUITE = suite(0x0001)


def further() -> Certificate:
    assert BELOW.certificate is not None
    return BELOW.certificate


def signer(pen_signer: object) -> SoftwareSigner:
    assert isinstance(pen_signer, SoftwareSigner)
    return pen_signer


def code_of(work: Callable[[], object]) -> str:
    try:
        work()
    except PeerError as error:
        return error.code
    return ""


def test_a_first_certificate_begins_a_person() -> None:
    found = verify_certificate(parse_certificate(JOINER.first.raw), BOOK.scope, SUITE, None)
    assert found == JOINER.first
    assert found.is_first
    assert found.person_id == JOINER.person_id
    assert certificate_suite(found) is SUITE


def test_a_further_certificate_is_signed_by_both_keys() -> None:
    found = verify_certificate(parse_certificate(further().raw), BOOK.scope, SUITE, JOINER.signer.public_key)
    assert not found.is_first
    with pytest.raises(ValueError, match="first"):
        _ = found.person_id
    forged = replace(found, issuer_signature=found.signature)
    assert code_of(lambda: verify_certificate(forged, BOOK.scope, SUITE, JOINER.signer.public_key)) == "bad-signature"


def test_what_does_not_fit_the_circle_is_refused() -> None:
    first = JOINER.first
    assert code_of(lambda: verify_certificate(first, ZERO_ID, SUITE, None)) == "wrong-circle"
    assert code_of(lambda: verify_certificate(first, BOOK.scope, suite(0x0003), None)) == "unsupported-suite"
    assert code_of(lambda: verify_certificate(first, BOOK.scope, SUITE, BELOW.signer.public_key)) == "bad-certificate"
    assert code_of(lambda: verify_certificate(further(), BOOK.scope, SUITE, None)) == "bad-certificate"


def test_T001_T002_cut_short_or_longer_is_malformed() -> None:
    for certificate in (JOINER.first, further()):
        raw = certificate.raw
        assert {code_of(lambda size=size, raw=raw: parse_certificate(raw[:size])) for size in range(len(raw))} == {  # type: ignore[misc]
            "malformed"
        }
        assert code_of(lambda raw=raw: parse_certificate(raw + b"\x00")) == "malformed"  # type: ignore[misc]
    assert code_of(lambda: parse_certificate(bytes(CERTIFICATE_SIZE + 1))) == "too-large"


def test_T004_the_largest_certificate_is_one() -> None:
    def filled(size: int) -> bytes:
        fields = replace(JOINER.first.fields, items=(Item(5, False, bytes(size)),))
        return complete(sign_first_certificate(fields), signer(JOINER.signer)).raw

    room = CERTIFICATE_SIZE - len(filled(1_000)) + 1_000
    assert parse_certificate(filled(room)).raw == filled(room)
    assert len(filled(room)) == CERTIFICATE_SIZE
    assert code_of(lambda: parse_certificate(filled(room + 1))) == "too-large"


def test_a_first_one_has_no_issuers_signature_and_a_further_one_has_and_is_no_recovery_keys() -> None:
    first, below = JOINER.first, further()
    own = opaque(below.signature)
    recoverable = replace(below.fields, recovery_key=JOINER.signer.public_key)
    for raw in (
        first.fields.encode() + opaque(first.signature) * 2,
        below.fields.encode() + own + opaque(b""),
        recoverable.encode() + own + opaque(below.issuer_signature),
    ):
        assert code_of(lambda raw=raw: parse_certificate(raw)) == "malformed"  # type: ignore[misc]


def test_T003_no_flipped_bit_is_accepted() -> None:
    raw = further().raw
    for place in range(len(raw)):
        flipped = raw[:place] + bytes([raw[place] ^ 1 << place % 8]) + raw[place + 1 :]
        with pytest.raises(PeerError):
            verify_certificate(parse_certificate(flipped), BOOK.scope, SUITE, JOINER.signer.public_key)


def test_T011_a_weak_key_is_refused() -> None:
    weak = replace(JOINER.first.fields, signature_key=bytes([1]) + bytes(31))
    certificate = complete(sign_first_certificate(weak), signer(JOINER.signer))
    assert code_of(lambda: verify_certificate(certificate, BOOK.scope, SUITE, None)) == "weak-key"
    weak = replace(JOINER.first.fields, recovery_key=bytes([1]) + bytes(31))
    certificate = complete(sign_first_certificate(weak), signer(JOINER.signer))
    assert code_of(lambda: verify_certificate(certificate, BOOK.scope, SUITE, None)) == "weak-key"


def test_T014_versions_and_critical_items_are_refused_by_name() -> None:
    assert code_of(lambda: parse_certificate(b"\x02" + JOINER.first.raw[1:])) == "needs-newer-version"
    for critical, expected in ((True, "needs-newer-version"), (False, "")):
        fields = replace(JOINER.first.fields, items=(Item(5, critical, b"x"),))
        raw = complete(sign_first_certificate(fields), signer(JOINER.signer)).raw
        assert code_of(lambda raw=raw: parse_certificate(raw)) == expected  # type: ignore[misc]


def test_a_device_certifies_only_a_key_that_signed_for_itself() -> None:
    fields = further().fields
    other = complete(sign_request(fields), signer(JOINER.signer))
    with pytest.raises(PeerError, match="signature"):
        complete(sign_further_certificate(fields, other), signer(JOINER.signer))


def test_misuse_is_our_bug() -> None:
    first: CertificateFields = JOINER.first.fields
    with pytest.raises(ValueError, match="issuer"):
        complete(sign_first_certificate(further().fields), signer(JOINER.signer))
    with pytest.raises(ValueError, match="issuer"):
        complete(sign_further_certificate(first, b""), signer(JOINER.signer))
    recoverable = replace(further().fields, recovery_key=JOINER.signer.public_key)
    with pytest.raises(ValueError, match="recovery"):
        complete(sign_further_certificate(recoverable, b""), signer(JOINER.signer))
    with pytest.raises(ValueError, match="issuer"):
        complete(sign_further_certificate(replace(first, recovery_key=b""), b""), signer(JOINER.signer))
