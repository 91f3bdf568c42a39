"""docs/guides/errors.md explains every error that a user can meet, with the exit status that it really has."""

import ast
import re
from collections.abc import Iterator

from coterie.cli.exit_status import exit_status
from coterie.node import api_waiting
from tests.architecture.repository import ROOT, modules, name_of, tree_of

PAGE = ROOT / "docs" / "guides" / "errors.md"
ENTRY = re.compile(r"^### ([a-z0-9-]+)$", re.MULTILINE)
HEADING = re.compile(r"^## Exit (\d+)", re.MULTILINE)
CONSTRUCTORS = {"UserError", "ApiError", "_say"}


def raised() -> Iterator[str]:
    """The codes that stand as literals where errors for users are made."""
    for path in modules():
        if name_of(path).startswith("testing/"):
            continue
        for node in ast.walk(tree_of(path)):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in CONSTRUCTORS
                and node.args
            ):
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield first.value


def explained() -> dict[str, int]:
    """Every code on the page, and the exit status of the section that it stands in."""
    found = {}
    sections = HEADING.split(PAGE.read_text(encoding="utf-8"))[1:]
    for status, text in zip(sections[::2], sections[1::2], strict=True):
        for code in ENTRY.findall(text):
            found[code] = int(status)
    return found


def test_every_error_is_explained() -> None:
    assert sorted({*raised(), *api_waiting.ENDED, *api_waiting.REFUSALS} - set(explained())) == []


def test_every_explanation_stands_under_its_exit_status() -> None:
    assert {code: status for code, status in explained().items() if exit_status(code) != status} == {}
