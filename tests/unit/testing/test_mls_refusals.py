"""`refused` accepts exactly the rule that it names."""

import pytest

from coterie.core.kernel.errors import PeerError
from coterie.core.mls.rules import refuse
from coterie.testing.mls_refusals import refused


def test_the_named_rule_passes() -> None:
    with refused("psk-nonce"):
        raise refuse("psk-nonce")


def test_another_rule_no_rule_or_another_error_fails() -> None:
    with pytest.raises(AssertionError), refused("psk-nonce"):
        raise refuse("psk-twice")
    with pytest.raises(AssertionError), refused("psk-nonce"):
        pass
    with pytest.raises(AssertionError), refused("path-secret"):
        raise refuse("path-public-key")
    with pytest.raises(AssertionError), refused("psk-nonce"):
        raise PeerError("malformed")
    with pytest.raises(ValueError, match="ours"), refused("psk-nonce"):
        raise ValueError("ours")
    with pytest.raises(KeyError), refused("no such rule"):
        pass
