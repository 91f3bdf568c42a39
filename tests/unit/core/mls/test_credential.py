"""Credentials."""

import pytest

from coterie.core.codec.tls import Writer, parse
from coterie.core.kernel.errors import PeerError
from coterie.core.mls.credential import Credential, basic_credential, read_credential
from coterie.core.mls.registry import CREDENTIAL_X509


def encoded(credential: Credential) -> bytes:
    out = Writer()
    credential.write(out)
    return out.bytes()


@pytest.mark.parametrize(
    "credential",
    [
        basic_credential(b"person and device".ljust(64, b".")),
        basic_credential(b""),
        Credential(CREDENTIAL_X509, certificates=(b"leaf", b"root")),
    ],
)
def test_credentials_come_back(credential: Credential) -> None:
    assert parse(read_credential, encoded(credential)) == credential


def test_a_basic_credential_in_bytes() -> None:
    assert encoded(basic_credential(b"ab")).hex() == "0001" + "02" + b"ab".hex()


def test_other_types_are_named() -> None:
    with pytest.raises(PeerError) as caught:
        parse(read_credential, b"\x00\x09\x00")
    assert caught.value.code == "unsupported-credential"


def test_a_chain_is_bounded() -> None:
    with pytest.raises(PeerError) as caught:
        parse(read_credential, encoded(Credential(CREDENTIAL_X509, certificates=(b"x",) * 17)))
    assert caught.value.code == "too-large"
