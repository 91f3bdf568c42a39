"""The overview and the real commands are the same; only what is called is imported."""

import subprocess
import sys
from typing import Any, cast

import pytest
import typer
import typer.main

from coterie.cli import app

NO_PROGRAMS = cast("Any", None)


def overview(root: typer.Typer) -> dict[str, str]:
    group = cast("Any", typer.main.get_command(root))
    return {name: command.get_short_help_str(limit=200) for name, command in group.commands.items()}


def test_the_overview_says_what_the_commands_say() -> None:
    real = typer.Typer(rich_markup_mode=None)
    app.load(real, NO_PROGRAMS, *app.COMMANDS)
    shown = overview(app.assemble(["--help"], NO_PROGRAMS))
    assert list(shown) == list(app.COMMANDS)
    assert shown == {name: help.split(". ")[0].rstrip(".") + "." for name, help in overview(real).items()}


@pytest.mark.parametrize("word", list(app.COMMANDS))
def test_a_command_loads_only_its_own_module(word: str) -> None:
    loaded = overview(app.assemble(["--home", "x", word, "--help"], NO_PROGRAMS))
    assert word in loaded
    assert all(app.COMMANDS[name].module == app.COMMANDS[word].module for name in loaded)


@pytest.mark.parametrize(
    ("arguments", "forbidden"),
    [
        (["--help"], ["rich", "asyncio", "msgspec", "segno", "coterie.api.schema"]),
        (["status"], ["rich", "asyncio", "segno"]),
        (["send", "bob", "hi"], ["rich", "asyncio", "segno"]),
        (["log", "bob"], ["rich", "asyncio", "segno"]),
        (["circle", "--help"], ["rich", "asyncio", "segno"]),
    ],
)
def test_one_shot_commands_import_little(arguments: list[str], forbidden: list[str]) -> None:
    program = (
        "import sys; from coterie.cli.main import run; from coterie.__main__ import programs;"
        f"run({arguments!r}, programs());"
        f"print([name for name in {forbidden!r} if name in sys.modules], file=sys.stderr)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True, env=_environment()
    )
    assert ran.stderr.splitlines()[-1] == "[]"


def _environment() -> dict[str, str]:
    return {"PYTHONPATH": ":".join(sys.path), "COTERIE_HOME": "/nonexistent", "PATH": "/usr/bin:/bin"}
