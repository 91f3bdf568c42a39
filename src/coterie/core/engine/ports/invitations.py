"""Invitations that we made, and what became of them."""

from dataclasses import dataclass
from typing import Protocol

from coterie.core.kernel.ids import CircleId, ObjectId
from coterie.core.kernel.secret import Secret
from coterie.core.kernel.world import Instant


@dataclass(frozen=True, slots=True)
class InvitationRecord:
    """`state`: open, claimed, waiting-for-approval, approved, used, withdrawn or denied (the time says expired).

    `invitation_id` is id("invitation", invitation public key); `payload` the link's payload, kept secret because it
    holds the invitation's secret; `certificate` and `card` are those that claimed it, empty before.
    """

    invitation_id: bytes
    circle_id: CircleId
    grant_id: ObjectId
    payload: Secret
    approve: bool
    state: str
    expires_at: Instant
    attempts: int
    failures: int
    certificate: bytes
    card: bytes
    words: str
    created_at: Instant


class Invitations(Protocol):
    def put(self, record: InvitationRecord) -> None:
        """Adds or replaces."""

    def get(self, invitation_id: bytes) -> InvitationRecord | None: ...

    def by_prefix(self, circle_id: CircleId, prefix: bytes) -> InvitationRecord | None:
        """The invitation whose id begins with these 8 bytes (first frame of the join handshake)."""

    def all(self) -> list[InvitationRecord]: ...
