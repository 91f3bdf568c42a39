"""Making and judging KeyPackages (T027)."""

from dataclasses import replace

import pytest

from coterie.core.crypto.signature import sign_content
from coterie.core.crypto.suites import suite
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.world import Instant
from coterie.core.mls.commits import CommitPlan
from coterie.core.mls.extension import Extension
from coterie.core.mls.key_package import KeyPackage
from coterie.core.mls.key_packages import (
    KeyPackageSecrets,
    new_key_package,
    parse_key_package,
    verify_key_package,
)
from coterie.core.mls.leaf_node import LeafNode
from coterie.core.mls.mls_message import encode_message
from coterie.core.mls.registry import EXTENSION_APPLICATION_ID, SOURCE_UPDATE
from coterie.testing.mls_party import NOT_AFTER, NOT_BEFORE, NOW, Party
from coterie.testing.mls_refusals import refused


def signed(party: Party, package: KeyPackage, leaf: LeafNode | None = None) -> KeyPackage:
    """The package signed again, with another leaf signed again too."""
    if leaf is not None:
        content = sign_content("LeafNodeTBS", leaf.to_be_signed(b"group", 0))
        package = replace(package, leaf=replace(leaf, signature=party.signer.sign(content)))
    content = sign_content("KeyPackageTBS", package.to_be_signed())
    return replace(package, signature=party.signer.sign(content))


@pytest.mark.parametrize("suite_id", [1, 2, 3, 7, 0xF602])
def test_a_new_package_is_good(suite_id: int) -> None:
    party = Party("dora", suite_id)
    made = party.key_package()
    parsed = parse_key_package(made.message)
    verify_key_package(parsed, party.suite, NOW)
    assert parsed.ref(party.suite) == made.ref
    assert not parsed.last_resort


def test_a_last_resort_package_says_so() -> None:
    party = Party("dora")
    parsed = parse_key_package(party.key_package(last_resort=True).message)
    verify_key_package(parsed, party.suite, NOW)
    assert parsed.last_resort


def test_a_last_resort_package_lists_its_own_extension() -> None:
    """RFC 9420 section 10: OpenMLS refuses it otherwise."""
    party = Party("dora")
    parsed = parse_key_package(party.key_package(last_resort=True).message)
    assert {e.type for e in parsed.extensions} <= set(parsed.leaf.capabilities.extensions)
    bare = replace(party.leaf, capabilities=replace(party.leaf.capabilities, extensions=()))
    work = new_key_package(
        party.suite, bare, not_before=NOT_BEFORE, not_after=NOT_AFTER, entropy=party.entropy, last_resort=True
    )
    with pytest.raises(ValueError, match="last resort"):
        party.sign(work)


def test_unknown_extensions_of_a_package_are_ignored() -> None:
    """RFC 9420 13.4; the official tree-operations vectors have one that the leaf does not even list."""
    party = Party("dora")
    parsed = parse_key_package(party.key_package().message)
    grease = (Extension(0x0A0A, b"anything"), Extension(EXTENSION_APPLICATION_ID, b"\x00"))
    verify_key_package(signed(party, replace(parsed, extensions=grease)), party.suite, NOW)


def test_T027_lifetime_bounds_are_inclusive() -> None:
    party = Party("dora")
    parsed = parse_key_package(party.key_package().message)
    for second in (NOT_BEFORE, NOT_AFTER):
        verify_key_package(parsed, party.suite, Instant(second * 1000))
    for second in (NOT_BEFORE - 1, NOT_AFTER + 1):
        with refused("key-package-expired"):
            verify_key_package(parsed, party.suite, Instant(second * 1000))
    verify_key_package(parsed, party.suite, None)


def test_T027_an_expired_package_is_not_added() -> None:
    alice, dora = Party("alice", now=Instant((NOT_AFTER + 1) * 1000)), Party("dora")
    alice.create()
    with refused("key-package-expired"):
        alice.stage(CommitPlan(adds=(dora.key_package().message,)))


def test_T027_a_package_of_another_suite_or_version() -> None:
    party = Party("dora")
    parsed = parse_key_package(party.key_package().message)
    with refused("key-package-wrong-suite"):
        verify_key_package(parsed, suite(3), NOW)
    with refused("key-package-wrong-version"):
        verify_key_package(replace(parsed, version=2), party.suite, NOW)


def test_T027_a_leaf_that_was_made_for_a_group() -> None:
    party = Party("dora")
    parsed = parse_key_package(party.key_package().message)
    leaf = replace(parsed.leaf, source=SOURCE_UPDATE, lifetime=None)
    with refused("key-package-wrong-source"):
        verify_key_package(signed(party, parsed, leaf), party.suite, NOW)


def test_T027_such_a_leaf_is_refused_by_who_would_add_it_too() -> None:
    alice, dora = Party("alice"), Party("dora")
    alice.create()
    parsed = parse_key_package(dora.key_package().message)
    package = signed(dora, parsed, replace(parsed.leaf, source=SOURCE_UPDATE, lifetime=None))
    with refused("key-package-wrong-source"):
        alice.stage(CommitPlan(adds=(encode_message(package),)))


def test_T027_a_leaf_that_would_not_do_in_a_group() -> None:
    """The signature of the package covers the leaf, and is not enough."""
    party = Party("dora")
    parsed = parse_key_package(party.key_package().message)
    unsigned = replace(parsed, leaf=replace(parsed.leaf, signature=bytes(64)))
    with refused("leaf-signature"):
        verify_key_package(signed(party, unsigned), party.suite, NOW)
    weak = signed(party, parsed, replace(parsed.leaf, encryption_key=bytes(32)))
    with pytest.raises(PeerError) as caught:
        verify_key_package(weak, party.suite, NOW)
    assert caught.value.code == "weak-key"


def test_T027_one_key_for_both_uses() -> None:
    party = Party("dora")
    parsed = parse_key_package(party.key_package().message)
    same = signed(party, replace(parsed, init_key=parsed.leaf.encryption_key))
    with refused("key-package-keys-equal"):
        verify_key_package(same, party.suite, NOW)


def test_T027_a_package_that_its_key_did_not_sign() -> None:
    party, other = Party("dora"), Party("else")
    parsed = parse_key_package(party.key_package().message)
    with refused("key-package-bad-signature"):
        verify_key_package(signed(other, parsed), party.suite, NOW)
    with refused("key-package-bad-signature"):
        verify_key_package(replace(parsed, signature=b""), party.suite, NOW)


def test_a_weak_init_key_is_refused() -> None:
    party = Party("dora")
    parsed = parse_key_package(party.key_package().message)
    with pytest.raises(PeerError) as caught:
        verify_key_package(signed(party, replace(parsed, init_key=bytes(32))), party.suite, NOW)
    assert caught.value.code == "weak-key"


def test_secrets_go_to_the_vault_and_back_and_do_not_show() -> None:
    secrets = Party("dora").key_package().secrets
    assert KeyPackageSecrets.decode(secrets.encode()) == secrets
    assert secrets.init.reveal().hex() not in repr(secrets)


def test_other_messages_are_not_key_packages() -> None:
    alice = Party("alice")
    alice.create()
    with pytest.raises(PeerError) as caught:
        parse_key_package(alice.send(b"hello"))
    assert caught.value.code == "malformed"
