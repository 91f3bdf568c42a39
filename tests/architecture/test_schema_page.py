"""docs/schema.md is the schema that the program makes (`make docs` writes it)."""

from pathlib import Path

from coterie.testing.schema_page import schema_page

PAGE = Path(__file__).parents[2] / "docs" / "schema.md"


def test_the_schema_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == schema_page()
