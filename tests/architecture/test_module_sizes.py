"""Modules and functions stay small enough to be read in one go."""

import ast
from statistics import median

from tests.architecture.repository import PACKAGE, modules, name_of, tree_of

LONGEST_MODULE = 400
MEDIAN_MODULE = 150
LONGEST_FUNCTION = 60


def lines_of(path: str) -> int:
    return len(path.splitlines())


def test_no_module_needs_a_map() -> None:
    sizes = {name_of(path): lines_of(path.read_text(encoding="utf-8")) for path in modules()}
    assert {name: size for name, size in sizes.items() if size > LONGEST_MODULE} == {}
    assert median(sizes.values()) <= MEDIAN_MODULE


def test_no_function_needs_a_second_screen() -> None:
    found = {}
    for path in modules():
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                size = (node.end_lineno or node.lineno) - node.lineno + 1
                if size > LONGEST_FUNCTION:
                    found[f"{name_of(path)}: {node.name}"] = size
    assert found == {}


def test_packages_hold_a_docstring_and_nothing_else() -> None:
    for path in PACKAGE.rglob("__init__.py"):
        body = tree_of(path).body
        texts = [node for node in body if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)]
        version = [node for node in body if path.parent == PACKAGE and isinstance(node, ast.Assign)]
        assert len(body) == len(texts) + len(version), path
        assert texts, f"{path} has no docstring"


def test_every_module_says_what_it_is_for() -> None:
    assert [name_of(path) for path in modules() if not ast.get_docstring(tree_of(path))] == []
