"""Checks of trees notice what differs (good cases: tests/vectors)."""

import json
from pathlib import Path

import pytest

from coterie.core.kernel.errors import PeerError
from coterie.testing.mls_vector_tools import Case, MismatchError
from coterie.testing.mls_vector_trees import check_tree_operations, check_tree_validation, check_treekem

DATA = Path(__file__).parents[2] / "vectors" / "data" / "mls"


def case(name: str) -> Case:
    found: Case = json.loads((DATA / f"{name}.json").read_text("utf-8"))[0]
    return found


def test_tree_validation() -> None:
    good = case("tree-validation")
    with pytest.raises(MismatchError, match="resolutions"):
        check_tree_validation({**good, "resolutions": [[9], *good["resolutions"][1:]]})
    with pytest.raises(PeerError):
        check_tree_validation({**good, "group_id": "00"})
    for field in ("resolutions", "tree_hashes"):
        with pytest.raises(MismatchError, match="number of"):
            check_tree_validation({**good, field: good[field][:-1]})


def test_tree_operations() -> None:
    good = case("tree-operations")
    with pytest.raises(MismatchError, match="tree_after"):
        check_tree_operations({**good, "tree_after": "00"})
    with pytest.raises(MismatchError, match="does not change"):
        check_tree_operations({**good, "proposal": "000700"})
    with pytest.raises(MismatchError, match="no member"):
        check_tree_operations({**good, "proposal_sender": 99})
    with pytest.raises(MismatchError, match="no member"):
        check_tree_operations({**good, "proposal": "000300000063"})


def test_tree_operations_with_a_key_package_that_nobody_signed() -> None:
    good = case("tree-operations")
    assert good["proposal"].startswith("0001")
    with pytest.raises(PeerError, match="signed by its own key"):
        check_tree_operations({**good, "proposal": good["proposal"][:-1] + "0"})


def test_treekem() -> None:
    good = case("treekem")
    paths = [{**good["update_paths"][0], "commit_secret": "00"}]
    with pytest.raises(MismatchError, match="commit_secret"):
        check_treekem({**good, "update_paths": paths})
    first, *others = good["update_paths"]
    paths = [{**first, "path_secrets": [*first["path_secrets"], "00"]}, *others]
    with pytest.raises(MismatchError, match="path_secrets"):
        check_treekem({**good, "update_paths": paths})


def test_treekem_checks_every_private_key() -> None:
    good = case("treekem")
    first, *others = good["leaves_private"]
    with pytest.raises(MismatchError, match="signature_priv"):
        check_treekem({**good, "leaves_private": [{**first, "signature_priv": "01" * 32}, *others]})
    with pytest.raises(PeerError):
        check_treekem({**good, "leaves_private": [{**first, "encryption_priv": "01" * 32}, *others]})
    with pytest.raises(MismatchError, match="leaves_private"):
        check_treekem({**good, "leaves_private": others})
    wrong = {**first, "path_secrets": [{"node": 2 * first["index"], "path_secret": "00"}]}
    with pytest.raises(MismatchError, match="not above leaf"):
        check_treekem({**good, "leaves_private": [wrong, *others]})


@pytest.mark.parametrize("edit", ["empty", "one less", "one more"])
def test_treekem_wants_a_path_secret_or_none_for_every_leaf(edit: str) -> None:
    good = case("treekem")
    first, *others = good["update_paths"]
    secrets = {"empty": [], "one less": first["path_secrets"][:-1], "one more": [*first["path_secrets"], None]}[edit]
    with pytest.raises(MismatchError, match="path_secrets differs"):
        check_treekem({**good, "update_paths": [{**first, "path_secrets": secrets}, *others]})
