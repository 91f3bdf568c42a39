"""What a node tells of itself on the local API: its state, its circles, and the links to others' devices.

The rules of `schema` hold here too.
"""

from typing import Literal

from coterie.api.schema import Record


class LinkStatus(Record, frozen=True, kw_only=True):
    """One device of another person. `presence`: linked, dialling or away; `queued`: what it still has to take.
    `path`: direct or relay, which may change while the link stands; empty without one. Ages are null where it never
    was. The bytes are those of the link that stands, handshake and pings included."""

    person: str
    device_id: str
    presence: str
    path: str = ""
    queued: int
    linked_age_ms: int | None
    heard_age_ms: int | None
    attempts: int
    attempt_age_ms: int | None
    next_attempt_ms: int | None
    sent_bytes: int
    received_bytes: int


class CircleStatus(Record, frozen=True, kw_only=True):
    """`addresses` are those that our endpoint listens on, `door` those of the door while it is open. `relay`: the URL
    that the user named, empty without one; `at_relay`: whether our endpoint has reached it and can be found there."""

    id: str
    name: str
    endpoint_id: str
    addresses: list[str]
    door: list[str]
    relay: str = ""
    at_relay: bool = False
    queued: int
    links: list[LinkStatus]


class Status(Record, frozen=True, kw_only=True):
    """`node`: ready, stopping or stopped. `ready` is true exactly when the node takes commands. `queued`: all that
    waits for devices of others, and the messages that wait until they can be encrypted, which no link counts yet.
    The API server fills home, socket, pid and version in."""

    schema: Literal["status/1"] = "status/1"
    node: str
    version: str = ""
    home: str = ""
    socket: str = ""
    pid: int = 0
    ready: bool
    started_at: str
    last_event: int
    queued: int
    circles: list[CircleStatus]


class Stopping(Record, frozen=True, kw_only=True):
    """The node has begun to stop; the connection closes when it has."""

    schema: Literal["stop/1"] = "stop/1"
    pid: int
