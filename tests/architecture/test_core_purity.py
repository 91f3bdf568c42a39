"""The core computes: no clock, no randomness of its own, no files, no sockets, no event loop; no guard by assert."""

import ast
import sys

import pytest

from tests.architecture.repository import PACKAGE, imports, modules, name_of, tree_of

PURE_STANDARD_MODULES = frozenset(
    {
        "__future__", "abc", "base64", "binascii", "bisect", "collections", "contextlib", "dataclasses", "enum",
        "functools", "hashlib", "heapq", "hmac", "itertools", "math", "operator", "re", "string", "struct", "types",
        "typing", "unicodedata",
    }
)  # fmt: skip
OWNED_LIBRARIES = {"crypto": {"cryptography"}}
"""Foreign libraries that a folder of the core owns (docs/architecture.md)."""
IMPURE_BUILTINS = frozenset({"__import__", "breakpoint", "eval", "exec", "input", "open", "print"})

CORE = [path for path in modules() if path.is_relative_to(PACKAGE / "core")]


def test_there_is_a_core_to_look_at() -> None:
    assert len(CORE) > 20


def test_the_core_imports_only_what_computes() -> None:
    found = []
    for path in CORE:
        owned = OWNED_LIBRARIES.get(path.relative_to(PACKAGE / "core").parts[0], set())
        for target in imports(path):
            top = target.partition(".")[0]
            if top != "coterie" and top not in owned and top not in PURE_STANDARD_MODULES:
                found.append(f"{name_of(path)}: {target}")
    assert found == []


def test_the_list_of_pure_modules_names_none_that_reaches_out() -> None:
    reaching = {"asyncio", "io", "os", "pathlib", "random", "secrets", "select", "socket", "sqlite3", "subprocess", "sys",
                "tempfile", "threading", "time", "datetime", "uuid", "logging"}  # fmt: skip
    assert not PURE_STANDARD_MODULES & reaching
    assert sys.stdlib_module_names >= PURE_STANDARD_MODULES


def test_the_core_calls_no_builtin_that_reaches_out() -> None:
    found = [
        f"{name_of(path)}:{node.lineno}: {node.func.id}"
        for path in CORE
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in IMPURE_BUILTINS
    ]
    assert found == []


def test_nothing_in_the_core_awaits() -> None:
    kinds = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)
    found = [
        f"{name_of(path)}:{node.lineno}" for path in CORE for node in ast.walk(tree_of(path)) if isinstance(node, kinds)
    ]
    assert found == []


@pytest.mark.parametrize("kind", [ast.Assert])
def test_no_guard_is_an_assert(kind: type[ast.stmt]) -> None:
    """`python -O` removes them; what is refused deserves an exception."""
    found = [
        f"{name_of(path)}:{node.lineno}"
        for path in modules()
        for node in ast.walk(tree_of(path))
        if isinstance(node, kind)
    ]
    assert found == []


def test_T016_nothing_decompresses_what_others_sent() -> None:
    banned = {"zlib", "gzip", "bz2", "lzma", "zipfile", "tarfile", "zstandard", "brotli"}
    found = [
        f"{name_of(path)}: {target}"
        for path in modules()
        for target in imports(path)
        if target.partition(".")[0] in banned
    ]
    assert found == []
