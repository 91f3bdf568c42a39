"""What a failure's line may hold; the lines of whole commands are in test_main."""

import errno

import pytest
from typer import BadParameter

from coterie.cli.failure import MAX_MESSAGE, plain, report
from coterie.core.kernel.errors import PeerError


def test_a_line_is_plain_and_bounded() -> None:
    assert plain("a\x1b[31m\nb\u202e") == "a\ufffd[31m\ufffdb\ufffd"
    assert len(plain("x" * 5000)) == MAX_MESSAGE + 1


def test_T067_what_a_peer_has_said_cannot_make_a_second_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert report(PeerError("malformed", "a\nerror: internal: b"), []) == 1
    error, hint = capsys.readouterr().err.splitlines()
    assert error.startswith("error: malformed: ")
    assert hint == "hint: docs/guides/errors.md explains malformed"


@pytest.mark.parametrize(
    "failure", [MemoryError(), OSError(errno.EMFILE, "Too many open files"), OSError(errno.ENOMEM, "no memory")]
)
def test_what_the_system_does_not_give_is_no_bug_and_no_full_disk(
    failure: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(failure, []) == 3
    assert capsys.readouterr().err.startswith("error: no-resources: ")


def test_a_number_that_is_none_is_called_that(capsys: pytest.CaptureFixture[str]) -> None:
    assert report(BadParameter("'x' is not a valid int range.", param_hint="'--limit'"), ["--limit", "x"]) == 2
    assert capsys.readouterr().err.startswith("error: usage: invalid value for '--limit': 'x' is not a whole number\n")
