"""The array form of trees (official values: tests/vectors)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coterie.core.mls import tree_math

WIDTHS = st.sampled_from([1, 2, 4, 8, 64, 1024])


def test_widths_are_the_next_power_of_two() -> None:
    assert [tree_math.width_for(n) for n in (0, 1, 2, 3, 4, 5, 1000)] == [1, 1, 2, 4, 4, 8, 1024]


def test_the_tree_of_appendix_c() -> None:
    assert tree_math.root(8) == 7
    assert tree_math.direct_path(4, 8) == (5, 3, 7)
    assert tree_math.copath(4, 8) == (6, 1, 11)
    assert tree_math.common_ancestor(0, 3, 8) == 3
    assert list(tree_math.leaves_below(11)) == [4, 5, 6, 7]


def test_leaves_have_no_children_and_the_root_no_parent() -> None:
    for function in (tree_math.left, tree_math.right):
        with pytest.raises(ValueError, match="no children"):
            function(4)
    with pytest.raises(ValueError, match="no parent"):
        tree_math.parent(7, 8)


@given(width=WIDTHS, data=st.data())
def test_children_and_parents_agree(width: int, data: st.DataObject) -> None:
    node = data.draw(st.integers(0, tree_math.node_count(width) - 1))
    if not tree_math.is_leaf(node):
        for child in (tree_math.left(node), tree_math.right(node)):
            assert tree_math.parent(child, width) == node
            assert set(tree_math.leaves_below(child)) < set(tree_math.leaves_below(node))
    if node != tree_math.root(width):
        assert tree_math.sibling(tree_math.sibling(node, width), width) == node
    path = tree_math.direct_path(node, width)
    assert len(path) == len(tree_math.copath(node, width))
    assert [tree_math.level(above) for above in path] == list(
        range(tree_math.level(node) + 1, tree_math.level(tree_math.root(width)) + 1)
    )


@given(width=st.sampled_from([2, 8, 256]), data=st.data())
def test_the_common_ancestor_is_the_lowest(width: int, data: st.DataObject) -> None:
    one, other = data.draw(st.lists(st.integers(0, width - 1), min_size=2, max_size=2, unique=True))
    meeting = tree_math.common_ancestor(one, other, width)
    assert tree_math.is_below(one, meeting)
    assert tree_math.is_below(other, meeting)
    for child in (tree_math.left(meeting), tree_math.right(meeting)):
        assert tree_math.is_below(one, child) != tree_math.is_below(other, child)


def test_a_node_outside_the_tree_has_no_path() -> None:
    for node in (-1, 3, 198, 1 << 40):
        with pytest.raises(ValueError, match="outside"):
            tree_math.direct_path(node, 2)
