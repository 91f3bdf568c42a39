"""The circles that this vault is in, the keys of our device in each, and joins under way."""

from dataclasses import dataclass
from typing import Protocol

from coterie.core.kernel.ids import CircleId, DeviceId, PersonId
from coterie.core.kernel.secret import Secret
from coterie.core.kernel.world import NEVER, Instant


@dataclass(frozen=True, slots=True)
class Circle:
    """Our place in one circle. `state`: active, left, removed or restored (must rejoin)."""

    circle_id: CircleId
    name: str
    suite_id: int
    person_id: PersonId
    device_id: DeviceId
    pseudonym: str
    state: str
    created_at: Instant


@dataclass(frozen=True, slots=True)
class Key:
    """A private key of our device. `purpose`: signature, endpoint, door, block or recovery; `key_id` tells them apart.

    `retired_at` 0 while in use; `port` is the UDP port of endpoint and door keys, 0 before the first bind.
    """

    circle_id: CircleId
    purpose: str
    key_id: bytes
    private: Secret
    public: bytes
    created_at: Instant
    retired_at: Instant = NEVER
    port: int = 0


@dataclass(frozen=True, slots=True)
class Join:
    """A join that we began: kept from the first dial until the admission is durable, so that it can resume.

    `state`: dialling, waiting-for-approval, joined or refused. `pending` is the joiner's own record (keys,
    certificate, card) as the engine encodes it.
    """

    circle_id: CircleId
    invitation_id: bytes
    invitation: bytes
    pseudonym: str
    state: str
    code: str
    pending: Secret
    words: str
    created_at: Instant


class Circles(Protocol):
    def add(self, circle: Circle) -> None: ...

    def update(self, circle: Circle) -> None: ...

    def get(self, circle_id: CircleId) -> Circle | None: ...

    def all(self) -> list[Circle]: ...

    def put_key(self, key: Key) -> None:
        """Adds a key, or replaces the one of the same circle, purpose and key_id."""

    def keys(self, circle_id: CircleId, purpose: str) -> list[Key]:
        """The newest first, retired ones too."""

    def delete_key(self, circle_id: CircleId, purpose: str, key_id: bytes) -> None: ...

    def put_join(self, join: Join) -> None: ...

    def join_of(self, invitation_id: bytes) -> Join | None: ...

    def joins(self) -> list[Join]: ...
