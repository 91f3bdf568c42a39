"""What `coterie doctor` finds; it needs no running node, so it is no method."""

from typing import Literal

from coterie.api.schema import Record


class Check(Record, frozen=True, kw_only=True):
    """One thing looked at. `level` is ok, note (works, but look) or bad; `fix` is the next step, else empty."""

    schema: Literal["doctor/1"] = "doctor/1"
    check: str
    level: Literal["ok", "note", "bad"]
    detail: str
    fix: str
