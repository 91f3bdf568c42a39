"""Runs one command line and gives its exit status."""

import sys
from typing import TYPE_CHECKING

import typer
import typer.main

from coterie.cli import exit_status, failure, output
from coterie.cli.app import assemble
from coterie.core.kernel.errors import UserError

if TYPE_CHECKING:
    from coterie.cli.programs import Programs


def run(arguments: list[str], programs: "Programs") -> int:
    """Never raises: every failure is one line, a hint and a status."""
    output.prepare()
    status = _run(arguments, programs)
    output.finish()
    return status


def _run(arguments: list[str], programs: "Programs") -> int:
    try:
        _refuse_bytes(arguments)
        command = typer.main.get_command(assemble(arguments, programs))
        result = command.main(args=arguments, prog_name="coterie", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        output.discard(sys.stdout)
        return exit_status.PIPE_CLOSED
    except OSError as problem:
        status = failure.report(problem, arguments)
        output.discard(sys.stdout)
        return status
    except SystemExit as ended:
        if isinstance(ended.__context__, BrokenPipeError):  # how the library ends then, with a status of its own
            output.discard(sys.stdout)
            return exit_status.PIPE_CLOSED
        return ended.code if isinstance(ended.code, int) else 0
    except BaseException as problem:  # noqa: BLE001 - the one door where any failure becomes a line
        return failure.report(problem, arguments)
    return result if isinstance(result, int) else 0


def _refuse_bytes(arguments: list[str]) -> None:
    for number, argument in enumerate(arguments, 1):
        try:
            argument.encode("utf-8")
        except UnicodeEncodeError:
            raise UserError("usage", f"argument {number} is not valid UTF-8", "see your locale") from None
