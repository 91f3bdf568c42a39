"""docs/guides/limits.md is what the code has (`make docs` writes it)."""

from coterie.testing.limits_page import limits_page
from tests.architecture.repository import ROOT


def test_the_limits_page_is_current() -> None:
    assert (ROOT / "docs" / "guides" / "limits.md").read_text(encoding="utf-8") == limits_page()
