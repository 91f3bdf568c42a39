"""UpdatePath: encoding and bounds."""

from dataclasses import replace

import pytest

from coterie.core.codec.tls import parse
from coterie.core.kernel.errors import PeerError
from coterie.core.mls.key_packages import parse_key_package
from coterie.core.mls.limits import MAX_LEAVES
from coterie.core.mls.update_path import HpkeCiphertext, UpdatePath, UpdatePathNode, read_update_path
from coterie.testing.mls_party import Party


@pytest.fixture
def path() -> UpdatePath:
    leaf = parse_key_package(Party("dora").key_package().message).leaf
    sealed = HpkeCiphertext(b"kem output", b"ciphertext")
    return UpdatePath(leaf, (UpdatePathNode(b"key", (sealed, sealed)), UpdatePathNode(b"top", ())))


def test_paths_come_back(path: UpdatePath) -> None:
    assert parse(read_update_path, path.encode()) == path


def test_truncations_and_tails_are_refused(path: UpdatePath) -> None:
    encoded = path.encode()
    for wrong in (*(encoded[:size] for size in range(len(encoded))), encoded + b"\x00"):
        with pytest.raises(PeerError):
            parse(read_update_path, wrong)


def test_a_path_has_a_bounded_height(path: UpdatePath) -> None:
    with pytest.raises(PeerError) as caught:
        parse(read_update_path, replace(path, nodes=path.nodes[:1] * 33).encode())
    assert caught.value.code == "too-large"


def test_T007_a_path_is_encrypted_to_no_more_nodes_than_a_tree_has_leaves(path: UpdatePath) -> None:
    full = UpdatePathNode(b"key", (HpkeCiphertext(b"", b""),) * (MAX_LEAVES // 2))
    parse(read_update_path, replace(path, nodes=(full, full)).encode())
    with pytest.raises(PeerError) as caught:
        parse(read_update_path, replace(path, nodes=(full, full, path.nodes[0])).encode())
    assert caught.value.code == "too-large"


def test_keys_do_not_fill_a_repr(path: UpdatePath) -> None:
    assert "ciphertext=" not in repr(path.nodes[0].secrets)
