"""How a test says which rule it expects to be broken (`coterie.core.mls.rules`)."""

from collections.abc import Iterator
from contextlib import contextmanager

from coterie.core.kernel.errors import PeerError
from coterie.core.mls.rules import RULES


@contextmanager
def refused(rule_id: str) -> Iterator[None]:
    """The block must be refused by exactly this rule. `tests/unit/core/mls/test_rules.py` looks for these calls."""
    rule = RULES[rule_id]
    try:
        yield
    except PeerError as error:
        if error.code != rule.code or not error.message.startswith(f"{rule_id}: "):
            raise AssertionError(f"expected {rule_id}, was refused by {error.code}: {error.message}") from error
        return
    raise AssertionError(f"nothing refused what breaks {rule_id}")
