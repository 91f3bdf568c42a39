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


def test_tree_operations() -> None:
    good = case("tree-operations")
    with pytest.raises(MismatchError, match="tree_after"):
        check_tree_operations({**good, "tree_after": "00"})
    with pytest.raises(MismatchError, match="does not change"):
        check_tree_operations({**good, "proposal": "000700"})


def test_treekem() -> None:
    good = case("treekem")
    paths = [{**good["update_paths"][0], "commit_secret": "00"}]
    with pytest.raises(MismatchError, match="commit_secret"):
        check_treekem({**good, "update_paths": paths})
