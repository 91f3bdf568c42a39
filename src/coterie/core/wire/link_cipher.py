"""The AEAD of a connection: one key for each direction, the nonce a counter from 1 that is never sent.

So a frame that was dropped, repeated, reordered or altered does not open, and the connection ends. The frame's type
stands in clear before it and is authenticated with it.
"""

from coterie.core.crypto import kdf
from coterie.core.crypto.aead import ReadyKey
from coterie.core.crypto.suites import Suite
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.limits import LINK_FRAMES

_TYPES = tuple(bytes((number,)) for number in range(256))
_HARD_LIMIT = 2 * LINK_FRAMES
"""Frames that a direction may carry at the very most: what is on its way while the next handshake is made."""


class LinkCipher:
    """Seals what goes out and opens what comes in, each strictly in order."""

    __slots__ = ("_incoming", "_opened", "_outgoing", "_sealed")

    def __init__(self, suite: Suite, seal_key: bytes, open_key: bytes) -> None:
        self._outgoing = ReadyKey(suite, seal_key)
        self._incoming = ReadyKey(suite, open_key)
        self._sealed = 0
        self._opened = 0

    def seal(self, frame_type: int, body: bytes) -> bytes:
        """The sealed body, 16 bytes longer. Raises `link-worn-out` at the hard limit."""
        counter = self._sealed = self._sealed + 1
        if counter > _HARD_LIMIT:
            raise PeerError("link-worn-out", "this link carried too many frames")
        return self._outgoing.seal(counter.to_bytes(12, "big"), _TYPES[frame_type], body)

    def open_sealed(self, frame_type: int, body: bytes) -> bytes:
        """The body. Raises `bad-ciphertext` (then the connection ends) or `link-worn-out`."""
        counter = self._opened + 1
        if counter > _HARD_LIMIT:
            raise PeerError("link-worn-out", "this link carried too many frames")
        opened = self._incoming.open_sealed(counter.to_bytes(12, "big"), _TYPES[frame_type], body)
        self._opened = counter
        return opened

    def pass_over(self) -> None:
        """A frame that came was not kept: the next one is opened with the nonce after its."""
        self._opened += 1

    @property
    def needs_new_handshake(self) -> bool:
        """True when a direction has carried `LINK_FRAMES` frames: time to make a new link."""
        return self._sealed >= LINK_FRAMES or self._opened >= LINK_FRAMES

    def __repr__(self) -> str:
        return f"LinkCipher(sealed={self._sealed}, opened={self._opened})"


def link_cipher(suite: Suite, prk: bytes, outgoing: str, incoming: str) -> LinkCipher:
    """The cipher of the side whose frames go out under the label `outgoing`."""
    return LinkCipher(
        suite,
        kdf.expand(suite, prk, outgoing.encode("ascii"), suite.key_size),
        kdf.expand(suite, prk, incoming.encode("ascii"), suite.key_size),
    )
