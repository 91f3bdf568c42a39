"""`python -m coterie.testing.limits_page`: the page `docs/guides/limits.md`, from the bounds that the program has."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import coterie.core.kernel.limits as limits

INTRODUCTION = """\
# Limits

Every size that a stranger, a peer or a program can choose has a bound, and each bound a reason. Written by `make docs`
from `src/coterie/core/kernel/limits.py`; a test compares. None of them can be configured.

| name | value | why |
|---|---|---|
"""

UNITS = frozenset({"KIB", "MIB"})
"""Names that are units, not bounds."""


def bounds(source: str) -> Iterator[tuple[str, str]]:
    """Each constant with the text that stands below it; raises ValueError for one without a reason."""
    body = ast.parse(source).body
    for statement, following in zip(body, [*body[1:], None], strict=True):
        if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
            continue
        name = statement.targets[0].id
        if name in UNITS:
            continue
        if not isinstance(following, ast.Expr) or not isinstance(following.value, ast.Constant):
            raise ValueError(f"the bound {name} has no reason below it")
        yield name, " ".join(str(following.value.value).split())


def shown(value: int) -> str:
    """A whole number as people read it: 98304 is `98,304`."""
    return f"{value:,}"


def limits_page() -> str:
    """The page as Markdown."""
    source = Path(limits.__file__).read_text(encoding="utf-8")
    rows = [f"| `{name}` | {shown(getattr(limits, name))} | {reason} |\n" for name, reason in bounds(source)]
    return INTRODUCTION + "".join(rows)


if __name__ == "__main__":
    sys.stdout.write(limits_page())
