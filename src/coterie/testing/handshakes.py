"""Both sides of a handshake in one hand: real machines and keys, invented certificates, every frame through a hook.

On suite 0x0001 a run is the same for the same seed, byte for byte.
"""

from collections.abc import Callable
from dataclasses import dataclass

from coterie.core.crypto import kem
from coterie.core.crypto.signature import SoftwareSigner, generate_signer, verify
from coterie.core.crypto.signing import complete
from coterie.core.crypto.suites import suite
from coterie.core.kernel.ids import CircleId, DeviceId, EndpointId, derive_id
from coterie.core.kernel.secret import Secret
from coterie.core.wire import join_handshake as join
from coterie.core.wire import link_handshake as link
from coterie.core.wire.frames import Frame
from coterie.core.wire.handshake import Frames
from coterie.core.wire.introduction import Introduction
from coterie.core.wire.invitation import Invitation
from coterie.core.wire.link_cipher import LinkCipher
from coterie.testing.entropy import SeededEntropy

JOINER_ENDPOINT = EndpointId(bytes([0xA1]) * 32)
DOOR_ENDPOINT = EndpointId(bytes([0xA2]) * 32)

Hook = Callable[[str, Frame], Frame]
"""Sees each frame on its way to "joiner", "inviter", "dialler" or "listener"; what it returns is delivered."""


class Stopped(Exception):
    """Raised by a hook that has seen enough."""


def pass_on(_to: str, frame: Frame) -> Frame:
    """The hook that changes nothing."""
    return frame


class JoinPair:
    """A joiner and an inviter of one circle."""

    def __init__(self, suite_id: int = 0x0001, seed: int = 1, objects: tuple[bytes, ...] = (b"first object",)) -> None:
        self.suite = suite(suite_id)
        self.entropy = SeededEntropy(seed)
        self.inviter_signer: SoftwareSigner = generate_signer(self.suite, self.entropy)
        self.joiner_signer: SoftwareSigner = generate_signer(self.suite, self.entropy)
        self.inviter_certificate = b"certificate of the inviter"
        self.joiner_certificate = b"certificate of the joiner"
        self.card = b"card of the joiner"
        self.objects = objects
        self.invitation = Invitation(
            circle_id=CircleId(bytes([0xC1]) * 32),
            suite_id=suite_id,
            device_id=DeviceId(derive_id("device", self.inviter_certificate)),
            endpoint_id=DOOR_ENDPOINT,
            hints=(bytes([4, 127, 0, 0, 1, 0x1F, 0x90]),),
            relay=b"",
            secret=Secret(self.entropy.random(32)),
            expiry=1_800_000_000,
        )
        self.joiner = join.JoinJoiner(
            self.invitation, JOINER_ENDPOINT, self.joiner_certificate, self.card, self.entropy
        )
        self.inviter = join.JoinInviter(JOINER_ENDPOINT, DOOR_ENDPOINT)
        self.handed: list[bytes] = []
        self.words: dict[str, str] = {}
        self.refused = ""
        self._hook: Hook = pass_on

    def run(self, hook: Hook = pass_on) -> None:
        """The whole handshake; PeerErrors of the machines come through."""
        self._hook = hook
        self.request()
        self.to_joiner(complete(self.inviter.answer(self.inviter_certificate, self.entropy), self.inviter_signer))
        self.to_inviter(complete(self.joiner.open(), self.joiner_signer))
        self.to_joiner(self.inviter.grant(b"the grant"))
        self.to_inviter(self.joiner.consent(b"signature of the invitation key"))
        self.to_joiner(self.inviter.admit(b"the admission", self.objects))
        finished = self.joiner.acknowledge()
        self.words["joiner"] = finished.words
        self.to_inviter(finished.frames)

    def request(self) -> None:
        """Up to the proof of the invitation's secret."""
        self.to_inviter(self.joiner.start())
        self.inviter.prove(self.invitation)

    def to_inviter(self, frames: Frames) -> None:
        for frame in frames:
            arrived = self._hook("inviter", frame)
            event = self.inviter.receive(arrived.type, arrived.body)
            if isinstance(event, join.JoinerShown):
                verify(self.suite, self.joiner_signer.public_key, event.signed, event.signature)
            elif isinstance(event, join.Acknowledged):
                self.words["inviter"] = event.words

    def to_joiner(self, frames: Frames) -> None:
        for frame in frames:
            arrived = self._hook("joiner", frame)
            event = self.joiner.receive(arrived.type, arrived.body)
            if isinstance(event, join.InviterShown):
                verify(self.suite, self.inviter_signer.public_key, event.signed, event.signature)
            elif isinstance(event, join.Handed):
                self.handed.extend(event.objects)
            elif isinstance(event, join.Refused):
                self.refused = event.code


@dataclass
class LinkEnd:
    """One device with its card."""

    own: link.OwnSide
    card: link.PeerCard


def link_end(suite_id: int, name: int, entropy: SeededEntropy, revision: int = 3) -> LinkEnd:
    """A device whose ids are all `name` (a byte) and whose card is invented."""
    pair = kem.generate_key_pair(suite(suite_id), entropy)
    card = b"card of device %d revision %d" % (name, revision)
    own = link.OwnSide(
        suite=suite(suite_id),
        circle_id=CircleId(bytes([0xC1]) * 32),
        device_id=DeviceId(bytes([name]) * 32),
        endpoint_id=EndpointId(bytes([0xE0 + name]) * 32),
        boot_id=bytes([0xB0 + name]) * 16,
        card=card,
        revision=revision,
        block_private=pair.private,
    )
    return LinkEnd(own, link.PeerCard(card, revision, pair.public))


class LinkPair:
    """A dialler and a listener. `known`: the listener holds the dialler's card; `shown`: the dialler the listener's."""

    def __init__(
        self,
        suite_id: int = 0x0001,
        seed: int = 1,
        known: bool = True,
        shown: bool = False,
        introduction: Introduction | None = None,
    ) -> None:
        self.entropy = SeededEntropy(seed)
        self.dialler_end = link_end(suite_id, 1, self.entropy)
        self.listener_end = link_end(suite_id, 2, self.entropy)
        held = self.listener_end.card
        if shown:
            held = link.PeerCard(b"an older card of device 2", held.revision - 1, b"an older key")
        self.held_of_dialler = self.dialler_end.card if known else None
        self.introduction = introduction
        own, other = self.dialler_end.own, self.listener_end.own
        self.dialler = link.LinkDialler(own, other.device_id, other.endpoint_id, held)
        self.listener = link.LinkListener(other, own.endpoint_id)
        self.established: dict[str, link.Established] = {}
        self.newer: dict[str, bytes] = {}
        self._hook: Hook = pass_on

    def run(self, hook: Hook = pass_on) -> None:
        """The whole handshake; PeerErrors of the machines come through."""
        self._hook = hook
        self.to_listener(self.dialler.start(self.introduction, self.entropy))

    def to_listener(self, frames: Frames) -> None:
        for frame in frames:
            arrived = self._hook("listener", frame)
            event = self.listener.receive(arrived.type, arrived.body)
            if isinstance(event, link.Greeted):
                self.to_dialler(self.listener.answer(self.held_of_dialler, self.entropy))
            elif isinstance(event, link.CardShown):
                card = link.PeerCard(event.card, event.revision, self.dialler_end.card.block_key)
                self.to_dialler(self.listener.accept(card, self.entropy))
            elif isinstance(event, link.Established):
                self.established["listener"] = event
                self.to_dialler(event.frames)
            elif isinstance(event, link.NewerCardShown):
                self.newer["listener"] = event.card

    def to_dialler(self, frames: Frames) -> None:
        for frame in frames:
            arrived = self._hook("dialler", frame)
            event = self.dialler.receive(arrived.type, arrived.body)
            if isinstance(event, link.Answered):
                self.to_listener(self.dialler.accept(self.listener_end.card, self.entropy))
            elif isinstance(event, link.Keyed):
                self.to_listener(event.frames)
            elif isinstance(event, link.Established):
                self.established["dialler"] = event
            elif isinstance(event, link.NewerCardShown):
                self.newer["dialler"] = event.card

    def ciphers(self) -> tuple[LinkCipher, LinkCipher]:
        """Dialler's and listener's."""
        return self.established["dialler"].cipher, self.established["listener"].cipher
