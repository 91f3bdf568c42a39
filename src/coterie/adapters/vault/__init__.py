"""The encrypted database of one node: schema, migrations, unlocking, and the repositories of the engine's ports."""
