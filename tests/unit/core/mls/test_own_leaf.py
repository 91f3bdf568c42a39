"""What a device puts into its own leaves."""

from coterie.core.crypto.suites import suite
from coterie.core.mls.extension import Extension
from coterie.core.mls.own_leaf import basic_leaf, config_of, default_capabilities
from coterie.core.mls.registry import CREDENTIAL_BASIC, EXTENSION_COTERIE, EXTENSION_LAST_RESORT
from coterie.testing.mls_party import Party


def test_default_abilities() -> None:
    abilities = default_capabilities(suite(0xF602))
    assert abilities.versions == (1,)
    assert abilities.suites == (0xF602,)
    assert abilities.extensions == (EXTENSION_LAST_RESORT, EXTENSION_COTERIE)
    assert abilities.credentials == (CREDENTIAL_BASIC,)
    assert abilities.proposals == ()


def test_a_basic_leaf_carries_what_it_is_given() -> None:
    extensions = (Extension(EXTENSION_COTERIE, b"items"),)
    leaf = basic_leaf(suite(1), b"identity", b"key", extensions)
    assert leaf.credential.identity == b"identity"
    assert (leaf.signature_key, leaf.extensions) == (b"key", extensions)


def test_an_existing_leaf_gives_its_contents_back() -> None:
    party = Party("alice")
    party.create()
    assert config_of(party.group.members()[0][1]) == party.leaf
