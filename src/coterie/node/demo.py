"""`coterie demo`."""

from coterie.core.kernel.errors import UserError


def run(once: bool) -> int:  # noqa: ARG001
    """Runs the demonstration; gives the exit status."""
    raise UserError("not-assembled", "this build has no demonstration")
