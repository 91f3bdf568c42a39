"""Other devices as our links know them, and one-time KeyPackages in both directions."""

from dataclasses import dataclass
from typing import Protocol

from coterie.core.kernel.ids import CircleId, DeviceId, PersonId
from coterie.core.kernel.secret import Secret
from coterie.core.kernel.world import Instant


@dataclass(frozen=True, slots=True)
class Contact:
    """What we hold about a person besides their objects: the words both sides had, and whether we compared them."""

    circle_id: CircleId
    person_id: PersonId
    words: str
    verified_at: Instant


@dataclass(frozen=True, slots=True)
class OwnKeyPackage:
    """A KeyPackage of ours. `for_device` is whom it was handed to, empty for the card's last-resort one."""

    circle_id: CircleId
    ref: bytes
    for_device: bytes
    data: bytes
    private: Secret
    last_resort: bool
    created_at: Instant


class Peers(Protocol):
    def put_contact(self, contact: Contact) -> None: ...

    def contact(self, circle_id: CircleId, person_id: PersonId) -> Contact | None: ...

    def put_own_key_package(self, package: OwnKeyPackage) -> None: ...

    def own_key_package(self, ref: bytes) -> OwnKeyPackage | None: ...

    def own_key_packages(self, circle_id: CircleId, for_device: bytes) -> list[OwnKeyPackage]: ...

    def delete_own_key_package(self, ref: bytes) -> None: ...

    def add_key_package(self, circle_id: CircleId, device_id: DeviceId, ref: bytes, data: bytes, now: Instant) -> None:
        """A one-time KeyPackage that this peer reserved for us."""

    def take_key_package(self, circle_id: CircleId, device_id: DeviceId) -> bytes | None:
        """The oldest unused one, deleted as it is handed out."""

    def key_package_count(self, circle_id: CircleId, device_id: DeviceId) -> int: ...
