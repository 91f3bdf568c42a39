"""From the code of an error to the exit status of the process: the one table."""

from types import MappingProxyType

FIXABLE = 1
USAGE = 2
UNREACHABLE = 3
TRUST = 4
LIMIT = 5
LOCKED = 6
POLICY = 7
INTEGRITY = 8
TIMEOUT = 9
INTERRUPTED = 130
PIPE_CLOSED = 141

_BY_STATUS = {
    USAGE: ("usage", "internal", "unknown-method", "invalid-params", "invalid-request", "protocol-error"),
    UNREACHABLE: (
        "daemon-not-running",
        "daemon-not-permitted",
        "daemon-silent",
        "daemon-stopped",
        "disk-full",
        "hub-unreachable",
        "network-unavailable",
        "no-network",
        "no-resources",
        "output-failed",
        "port-in-use",
        "stopping",
        "unreachable",
    ),
    TRUST: ("fork-detected", "identity-changed", "not-verified", "sender-mismatch", "words-differ"),
    LIMIT: ("rate-limited", "recipient-quota", "text-too-long", "too-large", "too-many"),
    LOCKED: ("locked", "wrong-passphrase"),
    POLICY: ("external-blocked", "not-permitted", "suite-too-weak"),
    INTEGRITY: ("backup-corrupt", "chunk-corrupt", "db-corrupt", "restored-state-must-rejoin"),
    TIMEOUT: ("expired", "failed", "timeout", "waiting-for-approval"),
}
TABLE = MappingProxyType({code: status for status, codes in _BY_STATUS.items() for code in codes})


def exit_status(code: str) -> int:
    """1, fixable by the user, unless the table says otherwise; every `data-dir-…` is 3."""
    if code.startswith("data-dir-"):
        return UNREACHABLE
    return TABLE.get(code, FIXABLE)
