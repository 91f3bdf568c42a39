"""Who commits: the steward, or when the objects no longer allow it the most senior remaining device (PROTOCOL 6).

In this version exactly one device commits in an epoch; turns and stepping in come later and change this file only.
"""

from collections.abc import Mapping

from coterie.core.engine.ports.conversations import Conversation, GroupRecord
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.groups import Roster
from coterie.core.engine.state.membership import seniority
from coterie.core.kernel.ids import DeviceId, PersonId


def steward_of(
    ctx: Context,
    conversation: Conversation,
    record: GroupRecord,
    roster: Roster,
    allowed: Mapping[DeviceId, PersonId],
) -> DeviceId | None:
    """The one device that commits now; None when no leaf is allowed any more."""
    if record.steward in allowed and record.steward in roster.leaves:
        return record.steward
    left = [device for device in roster.leaves if device in allowed]
    return min(left, key=lambda device: seniority(ctx, conversation, device), default=None)
