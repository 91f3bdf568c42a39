"""Every rule has a test, and every test of a rule has a row."""

import re
from pathlib import Path

from coterie.core.kernel.errors import PeerError
from coterie.core.mls.rules import RULES, refuse

TESTS = Path(__file__).parent
SOURCE = Path(__file__).parents[4] / "src" / "coterie" / "core" / "mls"
EXPECTED = re.compile(r'\brefused\(\s*"([a-z0-9-]+)"')
ROW = re.compile(r'^\s*\(?"([a-z0-9-]+)",  # rule$', re.MULTILINE)
RAISED = re.compile(r'"([a-z0-9-]+)"')


def rules_under_test() -> set[str]:
    """Rules that tests expect to be broken: `refused("…")`, or a table row that ends with `# rule`."""
    found: set[str] = set()
    for path in TESTS.glob("test_*.py"):
        text = path.read_text("utf-8")
        found.update(EXPECTED.findall(text))
        found.update(ROW.findall(text))
    return found


def test_every_rule_has_a_test() -> None:
    assert set(RULES) - rules_under_test() == set()


def test_every_tested_rule_has_a_row() -> None:
    assert rules_under_test() - set(RULES) == set()


def test_every_rule_is_raised_somewhere() -> None:
    text = "".join(path.read_text("utf-8") for path in SOURCE.glob("*.py") if path.name != "rules.py")
    calls = "".join(re.findall(r"refuse\([^)]*\)", text))
    assert set(RULES) - set(RAISED.findall(calls)) == set()


def test_a_refusal_names_rule_and_clause_and_quotes_nothing() -> None:
    error = refuse("sender-not-a-member")
    assert isinstance(error, PeerError)
    assert error.code == "not-a-member"
    assert error.message.startswith("sender-not-a-member: ")
    assert error.message.endswith("(RFC 9420 6)")


def test_ids_and_codes_are_kebab_case() -> None:
    for rule in RULES.values():
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.id)
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.code)
        assert re.fullmatch(r"\d+(\.\d+)*", rule.clause)
