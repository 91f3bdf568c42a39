"""Bounds of the local API, each with its reason. Operators find them in `docs/guides/errors.md`."""

MAX_LINE = 1 << 20
"""Bytes of one line, its newline included: one JSON object, small enough to parse in a few milliseconds."""

MAX_BATCH = 64
"""Requests in one JSON-RPC batch: as many as the driver takes into one transaction."""

MAX_ID_CHARS = 64
"""Characters of a JSON-RPC id that is a string: it is echoed, so it must not be a way to store bytes."""

MAX_TEXT_CHARS = 256 * 1024
"""Characters of one message's text; the engine counts its bytes (`kernel.limits.TEXT_SIZE`)."""

SHOWN_TEXT_CHARS = 160 * 1024
"""Characters that fit a line even if JSON escapes each to six bytes; only a text that would not fit is cut."""

MAX_NAME_CHARS = 1024
"""Characters of any name, title or `CIRCLE/NAME` before the name rules look at it."""

MAX_LINK_CHARS = 8192
"""Characters of an invitation link, white space included."""

MAX_PEOPLE = 1000
"""People in one command: the largest group that the core is built for."""

LOG_PAGE = 200
"""Entries of a conversation in one reply, unless the caller asks for fewer."""

MAX_LOG_PAGE = 1000
"""Entries of one page, whatever was asked for; a page that would not fit a line is made shorter still."""

MAX_EVENT_ID = 2**63 - 1
"""The highest id that an event can have: what the vault's integers hold."""

MAX_EXPIRY_MS = 30 * 24 * 3600 * 1000
"""An invitation's longest life (`kernel.limits.INVITATION_DAYS`): so long its holder gets a clear answer."""

MAX_WAIT_MS = 24 * 3600 * 1000
"""The longest that a request may wait: a day."""
