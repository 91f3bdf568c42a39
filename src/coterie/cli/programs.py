"""What needs no running node is handed to the command line by `coterie.__main__`, the one place where programs meet."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from coterie.api.checks import Check
    from coterie.api.paths import Home
    from coterie.core.kernel.secret import Secret


@dataclass(frozen=True, slots=True)
class Programs:
    """Functions that import what they need only when they are called."""

    check_new: "Callable[[Home], None]"
    """Raises when `init` would be refused, before a passphrase is asked for."""

    init: "Callable[[Home, Secret], None]"

    check_startable: "Callable[[Home], None]"
    """Raises when `up` would be refused, before a passphrase is asked for."""

    up: "Callable[[Home, Secret | None, str, str], None]"
    """Runs the node; the texts are those of `--listen` and `--relay`, empty where there is none."""

    doctor: "Callable[[Home], list[Check]]"

    demo: Callable[[bool], int]
    """Runs the demonstration, once or staying up; gives the exit status."""
