"""What every key encapsulation mechanism gives and takes (RFC 9180 section 4)."""

from dataclasses import dataclass
from typing import Protocol

from coterie.core.kernel.secret import Secret
from coterie.core.kernel.world import Entropy


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A KEM key pair in its serialized form: scalar or seed, and public bytes."""

    private: Secret
    public: bytes


@dataclass(frozen=True, slots=True)
class Encapsulated:
    """A shared secret and what the other side needs to find it (`enc`)."""

    secret: bytes
    enc: bytes

    def __repr__(self) -> str:
        return "Encapsulated(…)"


class Mechanism(Protocol):
    """One KEM. Errors about received bytes are PeerErrors; a wrong own private key is a ValueError."""

    private_size: int

    def derive_key_pair(self, ikm: bytes) -> KeyPair: ...

    def check_public_key(self, public: bytes) -> None: ...

    def encapsulate(self, public: bytes, entropy: Entropy) -> Encapsulated: ...

    def decapsulate(self, private: bytes, enc: bytes) -> bytes: ...
