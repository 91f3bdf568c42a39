"""Every failure is one line, a hint and a status."""

import errno
from typing import Any

import pytest

from coterie.api import blocking
from coterie.cli import output
from coterie.cli.exit_status import INTERRUPTED, PIPE_CLOSED
from coterie.core.kernel.errors import PeerError, UserError
from tests.unit.cli.command_line import Line

NONSENSE = [
    ["nonsense"],
    ["--nonsense"],
    ["circle"],
    ["circle", "nonsense"],
    ["circle", "create"],
    ["circle", "create", "x"],
    ["circle", "create", "x", "--as"],
    ["circle", "role", "bob", "king"],
    ["invite"],
    ["invite", "x", "--expires", "soon"],
    ["invite", "x", "--expires", "-1s"],
    ["invitation"],
    ["invitation", "approve"],
    ["join"],
    ["join", "x"],
    ["join", "x", "--as", "a", "--timeout", "never"],
    ["person", "verify"],
    ["group", "create", "title"],
    ["group", "add", "title"],
    ["send", "bob"],
    ["send", "bob", "two", "words"],
    ["send", "bob", "x", "--wait", "arrived"],
    ["send", "bob", "-x"],
    ["log"],
    ["log", "bob", "--limit", "0"],
    ["log", "bob", "--limit", "many"],
    ["status", "extra"],
    ["up", "--listen"],
    ["up", "--passphrase", "secret"],
    ["doctor", "extra"],
    ["demo", "--twice"],
    ["--home"],
]


@pytest.mark.parametrize("arguments", NONSENSE, ids=" ".join)
def test_nonsense_is_a_usage_error_in_one_line_and_a_hint(line: Line, arguments: list[str]) -> None:
    ran = line(*arguments)
    assert (ran.status, ran.out) == (2, "")
    first, second = ran.err.splitlines()
    assert first.startswith("error: usage: ")
    assert second.startswith("hint: ")
    assert line.backend.calls == []
    assert line.called.calls == []


def test_what_may_be_chosen_stands_in_the_one_line(line: Line) -> None:
    first, _ = line("circle", "role", "bob").err.splitlines()
    assert first == "error: usage: missing argument 'ROLE'. Choose from: owner, admin, member, guest"


@pytest.mark.parametrize("word", ["x" * 5000, "\x1b[31m" * 20, "\u202e" * 50, "a b " * 400, "\n\n\n", "'" * 300])
@pytest.mark.parametrize(
    "before",
    [[], ["circle"], ["status"], ["send", "bob", "hi"], ["log", "bob", "--limit"], ["invite", "f", "--expires"]],
)
def test_T067_input_is_quoted_short_and_neutralised(line: Line, before: list[str], word: str) -> None:
    ran = line(*before, word)
    assert ran.status == 2
    assert len(ran.err.splitlines()) == 2
    assert all(character.isprintable() or character == "\n" for character in ran.err)
    assert word[:45] not in ran.err
    assert len(ran.err) < 400


def test_a_typo_is_answered_with_the_nearest_command(line: Line) -> None:
    assert "'send'" in line("sned", "bob", "hi").err
    assert "'create'" in line("circle", "creat", "x").err


@pytest.mark.parametrize("error", [UserError("bad-name", "m\x1b[31m", "h"), PeerError("malformed", "m")])
def test_refusals_show_their_code(line: Line, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    fail_with(monkeypatch, error)
    ran = line("circle", "list")
    assert ran.status == 1
    assert ran.err.startswith(f"error: {error.code}: m")  # type: ignore[attr-defined]
    assert "\nhint: " in ran.err
    assert "\x1b" not in ran.err


def fail_with(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def fail(*_: Any) -> None:
        raise error

    monkeypatch.setattr(blocking, "call", fail)


def test_a_bug_shows_an_id_and_no_traceback(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_with(monkeypatch, RuntimeError("the text of a message"))
    ran = line("circle", "list")
    assert ran.status == 2
    assert ran.err.startswith("error: internal: ")
    assert "Traceback" not in ran.err
    assert "the text of a message" not in ran.err


def test_with_debugging_on_the_frames_are_shown_and_still_no_content(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COTERIE_DEBUG", "1")
    fail_with(monkeypatch, RuntimeError("the text of a message"))
    ran = line("circle", "list")
    assert "blocking.call" in ran.err
    assert "the text of a message" not in ran.err


def test_ctrl_c_is_130_and_says_nothing(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_with(monkeypatch, KeyboardInterrupt())
    ran = line("circle", "list")
    assert (ran.status, ran.err) == (INTERRUPTED, "")


@pytest.mark.parametrize("error", [BrokenPipeError(), BrokenPipeError(errno.EPIPE, "Broken pipe")])
def test_a_reader_that_has_gone_is_no_error(
    line: Line, monkeypatch: pytest.MonkeyPatch, error: BrokenPipeError
) -> None:
    gone: list[bool] = []
    monkeypatch.setattr(output, "discard", lambda _: gone.append(True))
    fail_with(monkeypatch, error)
    ran = line("circle", "list")
    assert (ran.status, ran.err, gone) == (PIPE_CLOSED, "", [True])


def test_output_that_cannot_be_written_is_3(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_with(monkeypatch, OSError(errno.ENOSPC, "No space left on device"))
    ran = line("circle", "list")
    assert ran.status == 3
    assert ran.err.startswith("error: output-failed: ")


def test_arguments_that_are_not_text_are_refused(line: Line) -> None:
    ran = line("send", "bob", "\udcff")
    assert (ran.status, line.backend.calls) == (2, [])
    assert "argument 3" in ran.err


def test_help_and_version(line: Line) -> None:
    for arguments in ([], ["--help"], ["-h"], ["send", "--help"], ["circle", "-h"]):
        ran = line(*arguments)
        assert (ran.status, ran.err) == (0, "")
        assert ran.out.startswith("Usage: coterie")
    assert line("--version").out.startswith("coterie ")
