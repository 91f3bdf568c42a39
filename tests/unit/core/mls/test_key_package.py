"""KeyPackage: encoding and reference."""

import pytest

from coterie.core.kernel.errors import PeerError
from coterie.core.mls.key_package import decode_key_package
from coterie.core.mls.key_packages import parse_key_package
from coterie.core.mls.refs import key_package_ref
from coterie.testing.mls_party import Party


def test_packages_come_back_and_are_named_by_their_bytes() -> None:
    party = Party("dora")
    made = party.key_package(last_resort=True)
    package = parse_key_package(made.message)
    encoded = package.encode()
    assert made.message[4:] == encoded
    assert decode_key_package(encoded) == package
    assert package.ref(party.suite) == key_package_ref(party.suite, encoded) == made.ref
    assert package.last_resort


def test_T001_every_truncation_and_every_tail_is_refused() -> None:
    encoded = Party("dora").key_package().message[4:]
    for wrong in (*(encoded[:size] for size in range(len(encoded))), encoded + b"\x00"):
        with pytest.raises(PeerError):
            decode_key_package(wrong)


def test_the_signature_covers_everything_else() -> None:
    package = parse_key_package(Party("dora").key_package().message)
    encoded = package.encode()
    assert encoded.startswith(package.to_be_signed())
    assert encoded.endswith(package.signature)
