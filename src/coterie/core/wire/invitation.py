"""The invitation link: what it carries, as text and as bytes, and the keys in its secret (PROTOCOL 3).

"The invitation" in MACs and transcripts is `Invitation.encode()`: the payload, without checks.
"""

from dataclasses import dataclass, replace
from enum import IntEnum

from coterie.core.codec.items import Item, read_items, refuse_unknown_critical, write_items
from coterie.core.codec.tls import Reader, Writer, malformed, parse
from coterie.core.crypto import kdf
from coterie.core.crypto.signature import SoftwareSigner
from coterie.core.crypto.suites import Suite, suite
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import ID_SIZE, CircleId, DeviceId, EndpointId, derive_id
from coterie.core.kernel.limits import INVITATION_HINTS, INVITATION_TEXT_SIZE
from coterie.core.kernel.secret import Secret
from coterie.core.kernel.world import SECOND, Instant
from coterie.core.wire.hints import RELAY, addresses_of, checked_relay, relay_hint, relay_of, split_hints
from coterie.core.wire.link_text import decode_text, encode_text, strip_ignored

VERSION = 1
SECRET_SIZE = 32
PREFIX_SIZE = 8
"""Bytes of the invitation's id that the joiner's first frame shows."""

INVITATION_SIGNATURE_SUITE = suite(0x0001)
"""Invitation keys are Ed25519 in circles of every suite; verify them with this one."""

_SCHEME = "coterie:"
_CHECKSUM_LABEL = b"coterie 1 invitation"


class LinkKind(IntEnum):
    """What a link is for. One kind can never act as another (T050)."""

    JOIN = 1
    DEVICE = 2


_PATHS = {LinkKind.JOIN: "join/", LinkKind.DEVICE: "link/"}


@dataclass(frozen=True, slots=True)
class Invitation:
    """`device_id`: the inviting device; `endpoint_id`: its door; `hints`: type u8 (4, 6), address, port u16;
    `relay`: type u8 and body of a relay (1, its URL) or hub queue, or empty; `expiry`: seconds since 1970."""

    circle_id: CircleId
    suite_id: int
    device_id: DeviceId
    endpoint_id: EndpointId
    hints: tuple[bytes, ...]
    relay: bytes
    secret: Secret
    expiry: int
    items: tuple[Item, ...] = ()
    kind: LinkKind = LinkKind.JOIN

    def encode(self) -> bytes:
        """The payload. It holds the secret."""
        out = Writer().u8(self.kind).u8(VERSION).fixed(self.circle_id, ID_SIZE).u16(self.suite_id)
        out.fixed(self.device_id, ID_SIZE).fixed(self.endpoint_id, ID_SIZE)
        out.opaque8(b"".join(self.hints)).opaque8(self.relay)
        out.fixed(self.secret.reveal(), SECRET_SIZE).u64(self.expiry)
        write_items(out, self.items)
        return out.bytes()

    @property
    def relay_url(self) -> str:
        """The relay at which the inviter can be found, too; empty when none is named."""
        return self.relay[1:].decode("ascii") if self.relay[:1] == bytes([RELAY]) else ""

    @property
    def found_at(self) -> tuple[bytes, ...]:
        """Where the door may be found: the address hints and, as one more, the relay."""
        return (*((relay_hint(self.relay_url),) if self.relay_url else ()), *self.hints)

    def at(self, hints: tuple[bytes, ...]) -> "Invitation":
        """The same invitation to a door that is found there."""
        url = relay_of(hints)
        relay = bytes([RELAY]) + url.encode("ascii") if url else b""
        return replace(self, hints=addresses_of(hints), relay=relay)


@dataclass(frozen=True, slots=True)
class InvitationKeys:
    """What the secret of an invitation gives. The public half of `signer` stands in the grant."""

    mac_key: Secret
    sealing_key: Secret
    signer: SoftwareSigner

    @property
    def invitation_id(self) -> bytes:
        """id("invitation", invitation public key): 32 bytes."""
        return derive_id("invitation", self.signer.public_key)


def invitation_keys(circle_suite: Suite, secret: Secret) -> InvitationKeys:
    """HKDF of the secret with the circle's suite: MAC key, sealing key, seed of the Ed25519 invitation key."""
    prk = kdf.extract(circle_suite, b"coterie 1 invitation", secret.reveal())
    size = circle_suite.hash_size
    seed = kdf.expand(circle_suite, prk, b"coterie 1 invitation signature", 32)
    return InvitationKeys(
        mac_key=Secret(kdf.expand(circle_suite, prk, b"coterie 1 invitation mac", size)),
        sealing_key=Secret(kdf.expand(circle_suite, prk, b"coterie 1 invitation sealing", size)),
        signer=SoftwareSigner.from_private(INVITATION_SIGNATURE_SUITE, Secret(seed)),
    )


def encode_link(invitation: Invitation) -> str:
    """`coterie:join/…` or `coterie:link/…`, with upper-case symbols. The whole in upper case is what a QR code holds."""
    return _SCHEME + _PATHS[invitation.kind] + encode_text(_CHECKSUM_LABEL, invitation.encode())


def parse_link(text: str, kind: LinkKind = LinkKind.JOIN) -> Invitation:
    """The invitation in a text that a person pasted.

    Raises `too-large`, `malformed` (naming the first bad place), `cut-or-mixed`, `wrong-link-kind`,
    `needs-newer-version`, `unsupported-suite`. Its expiry is a matter of `refuse_expired`.
    """
    if len(text) > INVITATION_TEXT_SIZE:
        raise PeerError("too-large", "the text is longer than any invitation")
    stripped = strip_ignored(text)
    payload = decode_text(_CHECKSUM_LABEL, _without_prefix(stripped, kind))
    return parse_invitation(payload, kind)


def _without_prefix(text: str, kind: LinkKind) -> str:
    for known, path in _PATHS.items():
        prefix = _SCHEME + path
        head = text[: len(prefix)]
        if head.isascii() and head.lower() == prefix:
            if known != kind:
                raise _wrong_kind(known)
            return text[len(prefix) :]
    raise PeerError("malformed", f"this is no invitation: it does not begin with {_SCHEME}{_PATHS[kind]}")


def _wrong_kind(found: int) -> PeerError:
    if found == LinkKind.DEVICE:
        what = "this code links a new device to somebody's account; it is not an invitation to a circle. If somebody"
        return PeerError("wrong-link-kind", f"{what} sent it to you as one, do not use it")
    return PeerError("wrong-link-kind", "this is an invitation to a circle, not a code that links a device")


def parse_invitation(payload: bytes, kind: LinkKind = LinkKind.JOIN) -> Invitation:
    """The payload alone, as it is kept in a vault; raises as `parse_link`."""
    return parse(lambda reader: _read(reader, kind), payload)


def _read(reader: Reader, kind: LinkKind) -> Invitation:
    found = reader.u8()
    if found != kind:
        raise _wrong_kind(found) if found in _PATHS else malformed("invitation: unknown kind")
    version = reader.u8()
    if version != VERSION:
        raise PeerError("needs-newer-version", f"invitation version {version} is not known to this version")
    circle_id, suite_id = CircleId(reader.fixed(ID_SIZE)), reader.u16()
    suite(suite_id)
    device_id, endpoint_id = DeviceId(reader.fixed(ID_SIZE)), EndpointId(reader.fixed(ID_SIZE))
    hints, relay = _read_hints(reader.opaque8()), reader.opaque8()
    if relay[:1] == bytes([RELAY]):
        checked_relay(relay[1:])
    secret, expiry = Secret(reader.fixed(SECRET_SIZE)), reader.u64()
    items = read_items(reader)
    refuse_unknown_critical(items, frozenset())
    return Invitation(circle_id, suite_id, device_id, endpoint_id, hints, relay, secret, expiry, items, kind)


def _read_hints(data: bytes) -> tuple[bytes, ...]:
    hints = split_hints(data)
    if addresses_of(hints) != hints:
        raise malformed("invitation: the relay has a field of its own")
    if len(hints) > INVITATION_HINTS:
        raise PeerError("too-large", "an invitation has more address hints than its limit")
    return hints


def refuse_expired(invitation: Invitation, now: Instant) -> None:
    """Raises `invite-expired` from the second of its expiry on."""
    if now >= invitation.expiry * SECOND:
        raise PeerError("invite-expired", "the invitation has expired; ask for a new one")
