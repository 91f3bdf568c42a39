"""The schema page says what is there, and refuses to be written for what is not documented."""

import pytest

from coterie.adapters.vault.migrate import Migration
from coterie.testing.schema_page import schema_page, table_comments

SQL = """\
-- The whole file.

-- Notes: short ones,
-- and long ones.
CREATE TABLE note (id INTEGER PRIMARY KEY, body BLOB NOT NULL, tag TEXT) STRICT;
CREATE INDEX by_tag ON note (tag, body);
"""


def test_comments_belong_to_the_table_below_them() -> None:
    assert table_comments([Migration(1, SQL)]) == {"note": "Notes: short ones, and long ones."}


def test_the_page_lists_columns_and_indexes() -> None:
    page = schema_page((Migration(1, SQL),))
    assert "## note\n\nNotes: short ones, and long ones.\n" in page
    assert "| `id` | INTEGER | key |" in page
    assert "| `body` | BLOB |  |" in page
    assert "| `tag` | TEXT | may be NULL |" in page
    assert "Index: tag, body." in page


@pytest.mark.parametrize("sql", ["CREATE TABLE note (id INTEGER) STRICT", "-- Notes.\nCREATE TABLE note (id INTEGER)"])
def test_a_table_without_a_comment_or_without_strict_types_is_refused(sql: str) -> None:
    with pytest.raises(ValueError, match="note"):
        schema_page((Migration(1, sql),))
