"""Where the passphrase comes from: a file that is named in the environment, or a terminal; never an argument."""

import os
import sys
from pathlib import Path

from coterie.core.kernel.errors import UserError
from coterie.core.kernel.secret import Secret

VARIABLE = "COTERIE_PASSPHRASE_FILE"
MAX_BYTES = 4096


def existing() -> Secret | None:
    """The passphrase of a vault; None when there is no file and nobody to ask (the vault then says `locked`)."""
    named = os.environ.get(VARIABLE)
    if named:
        return _from_file(named)
    if not sys.stdin.isatty():
        return None
    return _checked(_prompt("Passphrase: "))


def chosen() -> Secret:
    """A new passphrase; on a terminal it is asked for twice. Raises UserError when there is no way to get one."""
    named = os.environ.get(VARIABLE)
    if named:
        return _from_file(named)
    if not sys.stdin.isatty():
        raise UserError(
            "passphrase-needed", "there is no terminal to ask for a passphrase", f"set {VARIABLE} to a file"
        )
    first = _prompt("New passphrase: ")
    if first != _prompt("The same again: "):
        raise UserError("passphrase-mismatch", "the two passphrases differ", "try again")
    return _checked(first)


def _prompt(text: str) -> bytes:
    from getpass import getpass

    try:
        return getpass(text).encode("utf-8", "surrogateescape")
    except UnicodeDecodeError:
        raise UserError(
            "bad-text", "the terminal has sent bytes that are no UTF-8", f"see your locale, or set {VARIABLE}"
        ) from None


def _from_file(named: str) -> Secret:
    try:
        with Path(named).open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError:
        raise UserError("passphrase-file", "the passphrase file cannot be read", f"see {VARIABLE}") from None
    return _checked(data.removesuffix(b"\n").removesuffix(b"\r"))


def _checked(data: bytes) -> Secret:
    if not data:
        raise UserError("passphrase-empty", "the passphrase is empty", "choose a real one")
    if len(data) > MAX_BYTES:
        raise UserError("too-large", f"a passphrase has at most {MAX_BYTES} bytes", "is it the right file?")
    return Secret(data)
