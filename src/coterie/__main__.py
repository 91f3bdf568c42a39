"""The one place where programs meet: hands the command line what needs no running node, imported when called."""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from coterie.api.checks import Check
    from coterie.api.paths import Home
    from coterie.cli.programs import Programs
    from coterie.core.kernel.secret import Secret


def _check_new(home: "Home") -> None:
    from coterie.node.lifecycle import check_new

    check_new(home)


def _init(home: "Home", passphrase: "Secret") -> None:
    from coterie.node.lifecycle import init

    init(home, passphrase)


def _check_startable(home: "Home") -> None:
    from coterie.node.lifecycle import check_startable

    check_startable(home)


def _up(home: "Home", passphrase: "Secret | None", listen: str, relay: str) -> None:
    from coterie.node.lifecycle import up

    up(home, passphrase, listen, relay)


def _doctor(home: "Home") -> "list[Check]":
    from coterie.node.doctor import run

    return run(home)


def _demo(once: bool) -> int:
    from coterie.node.demo.program import run

    return run(once)


def programs() -> "Programs":
    """What the command line is given."""
    from coterie.cli.programs import Programs

    return Programs(
        check_new=_check_new,
        init=_init,
        check_startable=_check_startable,
        up=_up,
        doctor=_doctor,
        demo=_demo,
    )


def main() -> None:
    """The `coterie` command. Nearly everything is imported in here, where Ctrl-C is no traceback."""
    try:
        from coterie.cli.main import run

        status = run(sys.argv[1:], programs())
    except KeyboardInterrupt:
        status = 130
    sys.exit(status)


if __name__ == "__main__":
    main()
