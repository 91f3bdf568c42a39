"""Proposals: each kind encodes and comes back."""

import pytest

from coterie.core.codec.tls import Writer, parse
from coterie.core.kernel.errors import PeerError
from coterie.core.mls.extension import Extension
from coterie.core.mls.key_packages import parse_key_package
from coterie.core.mls.proposal import (
    PROPOSAL_TYPES,
    READERS,
    Add,
    ExternalInit,
    GroupContextExtensions,
    PreSharedKey,
    Proposal,
    Reference,
    ReInit,
    Remove,
    Update,
    encode_proposal,
    parse_proposal,
    read_proposal_or_ref,
    write_proposal_or_ref,
)
from coterie.core.mls.psk_id import external_psk
from coterie.testing.mls_party import Party


def every_kind() -> list[Proposal]:
    package = parse_key_package(Party("dora").key_package().message)
    return [
        Add(package),
        Update(package.leaf),
        Remove(7),
        PreSharedKey(external_psk(b"id", bytes(32))),
        ReInit(b"group", 1, 2, (Extension(9, b"x"),)),
        ExternalInit(b"kem output"),
        GroupContextExtensions((Extension(9, b"x"),)),
    ]


def test_the_tables_agree() -> None:
    assert set(PROPOSAL_TYPES.values()) == set(READERS)
    assert {type(proposal) for proposal in every_kind()} == set(PROPOSAL_TYPES)


def test_every_kind_comes_back_and_refuses_truncations_and_tails() -> None:
    for proposal in every_kind():
        encoded = encode_proposal(proposal)
        assert parse_proposal(encoded) == proposal
        for wrong in (*(encoded[:size] for size in range(len(encoded))), encoded + b"\x00"):
            with pytest.raises(PeerError) as caught:
                parse_proposal(wrong)
            assert caught.value.code == "malformed"


def test_a_removal_in_bytes() -> None:
    assert encode_proposal(Remove(7)).hex() == "000300000007"


def test_an_unknown_kind_is_named() -> None:
    with pytest.raises(PeerError) as caught:
        parse_proposal(b"\x7a\x7a\x00")
    assert caught.value.code == "unsupported-proposal"
    assert str(0x7A7A) in caught.value.message


def test_values_and_references() -> None:
    for entry in (Remove(7), Reference(b"ref")):
        out = Writer()
        write_proposal_or_ref(out, entry)
        assert parse(read_proposal_or_ref, out.bytes()) == entry
    for unknown in (b"\x00", b"\x03", b"\x03\x00"):
        with pytest.raises(PeerError) as caught:
            parse(read_proposal_or_ref, unknown)
        assert caught.value.code == "malformed"
