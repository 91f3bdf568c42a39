"""What a start is asked for hides its passphrase."""

from coterie.adapters.peerlink.listen import Listen
from coterie.api.paths import Home
from coterie.core.kernel.secret import Secret
from coterie.node.options import NodeOptions


def test_T110_the_passphrase_is_not_in_its_repr(home: Home) -> None:
    assert "correct horse" not in repr(NodeOptions(home, Secret(b"correct horse"), Listen()))
