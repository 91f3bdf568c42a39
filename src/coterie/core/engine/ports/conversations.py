"""Conversations, the MLS groups that carry them, and the epochs that those went through."""

from dataclasses import dataclass
from typing import Protocol

from coterie.core.kernel.ids import CircleId, ConversationId, DeviceId, EnvelopeId, EpochId
from coterie.core.kernel.world import Instant


@dataclass(frozen=True, slots=True)
class Conversation:
    """`kind`: two, group or self. `partner` is the other person of two, empty otherwise.

    `group_id` is the MLS group that we send on, empty while there is none.

    `clock` is the history clock (`core/content/history.py`); `next_number` the number of our next envelope; `first` our first
    number in the present epoch of `group_id`; `state`: active or left.
    """

    conversation_id: ConversationId
    circle_id: CircleId
    kind: str
    partner: bytes
    group_id: bytes
    state: str
    clock: bytes
    next_number: int
    first: int
    created_at: Instant


@dataclass(frozen=True, slots=True)
class GroupRecord:
    """One MLS group. `steward` is the device whose commit made the epoch; `founder` the one that created the group."""

    group_id: bytes
    conversation_id: ConversationId
    founder: DeviceId
    steward: DeviceId
    epoch: int
    epoch_id: EpochId
    created_at: Instant


@dataclass(frozen=True, slots=True)
class Staged:
    """A commit of ours that waits for another device's acknowledgement (publish, then apply)."""

    group_id: bytes
    envelope_id: EnvelopeId
    epoch_id: EpochId
    commit: bytes
    staged_at: Instant


@dataclass(frozen=True, slots=True)
class Held:
    """An envelope that cannot be read yet: `reason` is future, unbacked or unknown-group."""

    envelope_id: EnvelopeId
    conversation_id: ConversationId
    group_id: bytes
    epoch: int
    from_device: DeviceId
    reason: str
    data: bytes
    received_at: Instant


class MlsRows(Protocol):
    """The rows of one MLS group's state (`coterie.core.mls`)."""

    def get(self, key: str) -> bytes | None: ...

    def keys(self, prefix: str) -> list[str]: ...

    def write(self, changes: tuple[tuple[str, bytes | None], ...]) -> None:
        """Writes a delta; None deletes the row."""


class Conversations(Protocol):
    def add(self, conversation: Conversation) -> None: ...

    def take_number(self, conversation_id: ConversationId, clock: bytes = b"") -> int:
        """The number of our next envelope, which is then taken; `next_number` has moved on.

        With `clock`, the history clock moves with it.
        """

    def send_on(self, conversation_id: ConversationId, group_id: bytes) -> None:
        """From here on we send on this group; our `first` there is the next number."""

    def set_clock(self, conversation_id: ConversationId, clock: bytes) -> None: ...

    def set_state(self, conversation_id: ConversationId, state: str) -> None: ...

    def get(self, conversation_id: ConversationId) -> Conversation | None: ...

    def all(self, circle_id: CircleId) -> list[Conversation]: ...

    def put_group(self, group: GroupRecord) -> None: ...

    def group(self, group_id: bytes) -> GroupRecord | None: ...

    def groups(self, conversation_id: ConversationId) -> list[GroupRecord]: ...

    def delete_group(self, group_id: bytes) -> None:
        """The group, its rows, its log and its staged commit."""

    def rows(self, group_id: bytes) -> MlsRows: ...

    def add_epoch(self, group_id: bytes, epoch: int, epoch_id: EpochId, now: Instant) -> None: ...

    def epochs(self, group_id: bytes) -> list[tuple[int, EpochId]]:
        """The log of the branch, oldest first."""

    def epochs_entered_before(self, at: Instant) -> list[tuple[bytes, int]]:
        """(group, epoch) of every epoch that a group of ours entered before `at`."""

    def put_staged(self, staged: Staged) -> None: ...

    def staged(self, group_id: bytes) -> Staged | None: ...

    def delete_staged(self, group_id: bytes) -> None: ...

    def hold(self, held: Held) -> None: ...

    def held(self, conversation_id: ConversationId) -> list[Held]:
        """By epoch, then as they came."""

    def held_from(self, device_id: DeviceId) -> int:
        """How many of all held envelopes came from this device."""

    def drop_held_before(self, at: Instant) -> None:
        """What was received before `at` and still waits is not waited for any more."""

    def delete_held(self, envelope_id: EnvelopeId) -> None: ...
