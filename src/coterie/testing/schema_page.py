"""`python -m coterie.testing.schema_page`: the page `docs/schema.md`, from the schema that the program really makes.

Tables and columns are read from a live database; the sentence over each table is the comment in front of its
`CREATE TABLE` in the migration files.
"""

import re
import sys
from collections.abc import Iterable

from coterie.adapters.vault.database import Database
from coterie.adapters.vault.migrate import Migration, apply_migrations, migrations

INTRODUCTION = """\
# The vault's tables

Written by `make docs` from the migration files and the schema that they make; a test compares. All of it lies in one
encrypted file (`docs/security/key-lifetimes.md`). Every table is STRICT.
"""

_COMMENTED_TABLE = re.compile(r"((?:^--[^\n]*\n)+)CREATE TABLE (\w+)", re.MULTILINE)


def table_comments(steps: Iterable[Migration]) -> dict[str, str]:
    """What the migration files say in front of each `CREATE TABLE`, in the order of creation."""
    found: dict[str, str] = {}
    for step in steps:
        for comment, table in _COMMENTED_TABLE.findall(step.sql):
            found[table] = " ".join(line.removeprefix("--").strip() for line in comment.splitlines())
    return found


def schema_page(steps: tuple[Migration, ...] | None = None) -> str:
    """The page as Markdown."""
    chosen = migrations() if steps is None else steps
    database = Database.memory()
    apply_migrations(database, chosen)
    comments = table_comments(chosen)
    parts = [INTRODUCTION, f"Schema version {database.version}.\n"]
    for name, strict in database.rows(
        "SELECT name, strict FROM pragma_table_list"
        " WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    ):
        if not strict or name not in comments:
            raise ValueError(f"table {name} is not STRICT, or no comment stands before it")
        parts.append(f"## {name}\n\n{comments[name]}\n\n{_columns(database, name)}\n")
    database.close()
    return "\n".join(parts)


def _columns(database: Database, table: str) -> str:
    rows = database.rows('SELECT name, type, "notnull", pk FROM pragma_table_info(?)', (table,))
    lines = ["| column | type | |", "|---|---|---|"]
    for name, kind, not_null, key in rows:
        notes = ["key" if key else "", "" if not_null or key else "may be NULL"]
        lines.append(f"| `{name}` | {kind} | {' '.join(note for note in notes if note)} |")
    indexes = database.rows(
        "SELECT list.name, list.\"unique\", group_concat(column.name, ', ') FROM pragma_index_list(?) AS list,"
        " pragma_index_info(list.name) AS column WHERE list.origin != 'pk' GROUP BY list.name ORDER BY list.name",
        (table,),
    )
    for _, unique, columns in indexes:
        lines.append("")
        lines.append(f"{'Unique' if unique else 'Index'}: {columns}.")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(schema_page())
