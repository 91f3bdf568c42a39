"""The table of exit codes (conventions, 1.3)."""

import pytest

from coterie.cli.exit_status import TABLE, exit_status


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("unknown-contact", 1),
        ("invite-used", 1),
        ("invite-expired", 1),
        ("invite-withdrawn", 1),
        ("malformed", 1),
        ("already-running", 1),
        ("a-code-of-a-later-version", 1),
        ("usage", 2),
        ("internal", 2),
        ("daemon-not-running", 3),
        ("disk-full", 3),
        ("data-dir-read-only", 3),
        ("data-dir-anything", 3),
        ("not-verified", 4),
        ("fork-detected", 4),
        ("rate-limited", 5),
        ("too-large", 5),
        ("locked", 6),
        ("wrong-passphrase", 6),
        ("not-permitted", 7),
        ("db-corrupt", 8),
        ("timeout", 9),
        ("waiting-for-approval", 9),
    ],
)
def test_each_code_has_its_status(code: str, status: int) -> None:
    assert exit_status(code) == status


def test_codes_are_kebab_case() -> None:
    assert all(code == code.lower() and " " not in code and "_" not in code for code in TABLE)
