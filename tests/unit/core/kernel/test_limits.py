"""Every named limit is a positive whole number and says why it is what it is."""

import ast
from pathlib import Path

from coterie.core.kernel import limits


def test_each_limit_has_a_reason() -> None:
    tree = ast.parse(Path(limits.__file__).read_text("utf-8"))
    units = {"KIB", "MIB"}
    for statement, following in zip(tree.body, [*tree.body[1:], None], strict=True):
        if not isinstance(statement, ast.Assign):
            continue
        name = ast.unparse(statement.targets[0])
        assert isinstance(getattr(limits, name), int)
        assert getattr(limits, name) > 0
        if name not in units:
            assert isinstance(following, ast.Expr), f"{name} gives no reason"
            assert isinstance(following.value, ast.Constant), f"{name} gives no reason"
