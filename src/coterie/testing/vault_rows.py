"""What a node has stored, to compare before and after an attack: nothing of it may have changed."""

from coterie.testing.pipe_parts import Node

Rows = dict[str, list[tuple[object, ...]]]

WHO_IS_IN = ("circles", "decisions", "facts", "waiting_objects", "evidence", "contacts", "joins")
"""Who is in which circle, with which devices and roles, and what was proved."""

WHAT_WAS_SAID = (
    "conversations",
    "mls_groups",
    "mls_rows",
    "epochs",
    "staged_commits",
    "numbers",
    "messages",
    "receipts",
)
"""Conversations, their keys, and the history."""


def rows_of(node: Node, tables: tuple[str, ...] = WHO_IS_IN + WHAT_WAS_SAID) -> Rows:
    """Every row of these tables, in one order."""
    return {table: sorted(node.vault.database.rows(f"SELECT * FROM {table}"), key=repr) for table in tables}


def changed(before: Rows, after: Rows) -> list[str]:
    """The tables that differ."""
    return [table for table, rows in before.items() if after[table] != rows]
