"""The body of a message: the four kinds of NestedPart (draft-ietf-mimi-content-08 section 3)."""

from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

MAX_PARTS = 1024
"""Parts of one message, containers counted (the draft's own limit)."""
MAX_LEVELS = 4
"""Parts within parts (the draft's own limit)."""


class Disposition(IntEnum):
    """What a part is for. An unknown number is treated as RENDER."""

    UNSPECIFIED = 0
    RENDER = 1
    REACTION = 2
    PROFILE = 3
    INLINE = 4
    ICON = 5
    ATTACHMENT = 6
    SESSION = 7
    PREVIEW = 8


class Semantics(IntEnum):
    """How the parts of a MultiPart belong together."""

    CHOOSE_ONE = 0
    SINGLE_UNIT = 1
    PROCESS_ALL = 2


@dataclass(frozen=True, slots=True)
class NullPart:
    """No body: a deletion or the taking back of a reaction."""

    disposition: int = Disposition.RENDER
    language: str = ""


@dataclass(frozen=True, slots=True)
class SinglePart:
    """A body carried in the message itself."""

    content_type: str
    content: bytes
    disposition: int = Disposition.RENDER
    language: str = ""

    def __repr__(self) -> str:
        return "SinglePart(…)"


@dataclass(frozen=True, slots=True)
class ExternalPart:
    """A body to fetch: where it is, how it is encrypted, what it hashes to. Nothing fetches it by itself.

    `expires` in seconds since 1970, 0 never; `size` in bytes, 0 unknown; `enc_alg` an IANA AEAD number, 0 none;
    `hash_alg` a named-information hash; `content_hash` is of the ciphertext at `url`.
    """

    content_type: str
    url: str
    expires: int
    size: int
    enc_alg: int
    key: bytes
    nonce: bytes
    aad: bytes
    hash_alg: int
    content_hash: bytes
    description: str
    filename: str
    disposition: int = Disposition.ATTACHMENT
    language: str = ""

    def __repr__(self) -> str:
        return "ExternalPart(…)"


@dataclass(frozen=True, slots=True)
class MultiPart:
    """Two or more parts."""

    semantics: Semantics
    parts: tuple["Part", ...]
    disposition: int = Disposition.RENDER
    language: str = ""


Part: TypeAlias = NullPart | SinglePart | ExternalPart | MultiPart
