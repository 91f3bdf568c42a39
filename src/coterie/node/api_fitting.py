"""Makes what is shown fit a line of the API, so that no received text can make a log or a stream unreadable."""

from coterie.api import codec
from coterie.api.errors import ApiError
from coterie.api.limits import SHOWN_TEXT_CHARS
from coterie.api.schema import Event, LogEntry, LogPage, Record, replace


def encode_reply(id: int | str, result: Record) -> bytes:
    """The reply's line; a page of a log that is too long for one is cut, and says that more follows."""
    while True:
        try:
            return codec.encode_result(id, result)
        except ApiError:
            if not isinstance(result, LogPage) or not result.entries:
                raise
            result = _shorter(result)


def _shorter(page: LogPage) -> LogPage:
    if len(page.entries) > 1:
        return replace(page, entries=page.entries[: len(page.entries) // 2], more=True)
    return replace(page, entries=[_cut(entry) for entry in page.entries])


def encode_event(event: Event) -> bytes:
    """The notification's line."""
    try:
        return codec.encode_notification("event", event)
    except ApiError:
        if event.message is None:
            raise
        return codec.encode_notification("event", replace(event, message=_cut(event.message)))


def _cut(entry: LogEntry) -> LogEntry:
    if len(entry.text) <= SHOWN_TEXT_CHARS:
        raise ApiError("too-large", "an entry does not fit a line")
    return replace(entry, text=entry.text[:SHOWN_TEXT_CHARS])
