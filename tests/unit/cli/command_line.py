"""Runs command lines in this process against a fake engine, without a socket."""

from dataclasses import dataclass, field

import pytest

from coterie.api.checks import Check
from coterie.api.paths import Home
from coterie.cli.main import run
from coterie.cli.programs import Programs
from coterie.core.kernel.errors import UserError
from coterie.core.kernel.secret import Secret
from coterie.testing.fake_backend import FakeBackend


@dataclass(frozen=True)
class Ran:
    """What a command has done."""

    status: int
    out: str
    err: str


@dataclass
class Called:
    """What the programs that need no node were asked for, and what they answer."""

    calls: list[tuple[object, ...]] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    refusal: UserError | None = None

    def note(self, *what: object) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.calls.append(what)


class Line:
    """`line("send", "bob", "hi")` is `coterie send bob hi`."""

    def __init__(self, backend: FakeBackend, called: Called, capture: pytest.CaptureFixture[bytes]) -> None:
        self.backend = backend
        self.called = called
        self._capture = capture

    def __call__(self, *arguments: str) -> Ran:
        status = run(list(arguments), programs(self.called))
        out, err = self._capture.readouterr()
        return Ran(status, out.decode(), err.decode())


def programs(called: Called) -> Programs:
    """Programs that only note what they were asked for."""

    def doctor(home: Home) -> list[Check]:
        called.note("doctor", home)
        return called.checks

    def demo(once: bool) -> int:
        called.note("demo", once)
        return 5

    def init(home: Home, passphrase: Secret) -> None:
        called.note("init", home, passphrase.reveal())

    def up(home: Home, passphrase: Secret | None, listen: str, relay: str) -> None:
        called.note("up", home, passphrase.reveal() if passphrase else None, listen, relay)

    def nothing(home: Home) -> None:
        pass

    return Programs(check_new=nothing, init=init, check_startable=nothing, up=up, doctor=doctor, demo=demo)
