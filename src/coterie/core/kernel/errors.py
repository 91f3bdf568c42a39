"""The two error families: theirs and ours (PROTOCOL 11).

`PeerError` is the one border type: whatever is wrong with received bytes becomes one of these, and nothing
else leaves a parser or a verifier. `UserError` is what the person or program on this side can mend.
Anything else that is raised is our bug.
"""


class CoterieError(Exception):
    """Root of both families. `code` is a stable kebab-case word; the text never quotes received content."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(message or code)
        self.code = code
        self.message = message or code


class PeerError(CoterieError):
    """Received bytes are malformed, forged, out of order or not permitted. State has not changed."""


class UserError(CoterieError):
    """A request that cannot be done as asked. `hint` names the next step; nothing has changed."""

    def __init__(self, code: str, message: str = "", hint: str = "") -> None:
        super().__init__(code, message)
        self.hint = hint
