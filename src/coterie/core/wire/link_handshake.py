"""The link handshake, both sides (PROTOCOL 4). Feed frames to `receive`; steps of ours return frames to transmit.

Three KEM secrets (the dialler's fresh key, both block keys) and the transcript key one AEAD for each direction, so
whoever confirms holds the block key of the card that it named. Cards are shown as bytes: that a card is good, current
and names this connection's endpoint is for the caller to judge before it takes the next step. Any PeerError closes
the machine: then the connection is to be closed without a byte.
"""

from dataclasses import dataclass

from coterie.core.codec.tls import opaque
from coterie.core.crypto import kdf, kem
from coterie.core.crypto.suites import Suite
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import CircleId, DeviceId, EndpointId, derive_id
from coterie.core.kernel.secret import Secret
from coterie.core.kernel.world import Entropy
from coterie.core.wire.handshake import Conduct, Frames, Role, must_be_empty
from coterie.core.wire.introduction import Introduction, parse_introduction
from coterie.core.wire.link_cipher import LinkCipher, link_cipher
from coterie.core.wire.link_frames import (
    Answer,
    CardKey,
    Greeting,
    Hello,
    Keys,
    parse_answer,
    parse_blob,
    parse_card_key,
    parse_hello,
    parse_keys,
)
from coterie.core.wire.link_states import LINK_TABLE, LinkFrame
from coterie.core.wire.transcript import Transcript

ALPN = b"coterie-peer/1"

_DIALLER_KEY, _LISTENER_KEY = "coterie 1 link dialler", "coterie 1 link listener"


@dataclass(frozen=True, slots=True)
class OwnSide:
    """This device on this connection. `block_private` belongs to `card`, which is named throughout, even if a newer
    one is made meanwhile."""

    suite: Suite
    circle_id: CircleId
    device_id: DeviceId
    endpoint_id: EndpointId
    boot_id: bytes
    card: bytes
    revision: int
    block_private: Secret


@dataclass(frozen=True, slots=True)
class PeerCard:
    """A card of the other device that the caller has verified: signed, current, of this connection's endpoint."""

    card: bytes
    revision: int
    block_key: bytes


@dataclass(frozen=True, slots=True)
class Introduced:
    """Listener: an introduction came before the hello. Verify all of it before taking the next frame."""

    introduction: Introduction


@dataclass(frozen=True, slots=True)
class Greeted:
    """Listener: who the dialler says it is; not yet believed. Then `answer` with the card held of that device."""

    greeting: Greeting


@dataclass(frozen=True, slots=True)
class Answered:
    """Dialler: the listener's greeting, and its card unless we hold that revision (then empty). Then `accept`."""

    greeting: Greeting
    card: bytes


@dataclass(frozen=True, slots=True)
class CardShown:
    """Listener: the dialler's card, which is to be of `revision`. Verify, then `accept`."""

    card: bytes
    revision: int


@dataclass(frozen=True, slots=True)
class Keyed:
    """Dialler: transmit `frames`; the listener has still to confirm."""

    frames: Frames


@dataclass(frozen=True, slots=True)
class Established:
    """The other's first sealed frame opened. Transmit `frames`, then seal everything with `cipher`."""

    device_id: DeviceId
    boot_id: bytes
    cipher: LinkCipher
    frames: Frames


@dataclass(frozen=True, slots=True)
class NewerCardShown:
    """The other knows a newer card of ours than we do: our vault may be an old copy. The handshake is over."""

    card: bytes


DiallerEvent = Answered | Keyed | Established | NewerCardShown
ListenerEvent = Introduced | Greeted | CardShown | Established | NewerCardShown


def _conduct(own: OwnSide, role: Role, dialler: EndpointId, listener: EndpointId) -> Conduct:
    conduct = Conduct(LINK_TABLE, role)
    conduct.record(Transcript(own.suite, ALPN, dialler, listener, own.circle_id, b""))
    return conduct


def _check_greeting(own: OwnSide, greeting: Greeting) -> None:
    if greeting.circle_id != own.circle_id:
        raise PeerError("wrong-circle", "the peer greets in another circle")
    if greeting.device_id == own.device_id:
        raise PeerError("own-device", "the peer calls itself by our own device id")


def _prk(suite: Suite, conduct: Conduct, secrets: tuple[bytes, bytes, bytes], cards: tuple[bytes, bytes]) -> bytes:
    """`secrets`: fresh, dialler's, listener's; `cards`: dialler's, listener's. Both card hashes join the transcript."""
    conduct.transcript.mix(derive_id("card", cards[0]) + derive_id("card", cards[1]))
    return kdf.extract(suite, conduct.hash, b"".join(secrets))


class LinkDialler:
    """The side that dialled. `held` is the newest card of the listener that we hold: without one nobody is dialled."""

    def __init__(self, own: OwnSide, peer_device: DeviceId, peer_endpoint: EndpointId, held: PeerCard) -> None:
        self._own = own
        self._peer_device = peer_device
        self._held = held
        self._answer: Answer | None = None
        self._fresh: kem.KeyPair | None = None
        self._peer: PeerCard | None = None
        self._to_listener = b""
        self._conduct = _conduct(own, Role.CALLER, own.endpoint_id, peer_endpoint)

    @property
    def state(self) -> str:
        """As in `link_states`."""
        return self._conduct.state

    def start(self, introduction: Introduction | None, entropy: Entropy) -> Frames:
        """The first frame, after an introduction where the listener may not know this endpoint yet."""
        self._fresh = kem.generate_key_pair(self._own.suite, entropy)
        own = self._own
        greeting = Greeting(own.circle_id, own.device_id, own.revision, self._held.revision, own.boot_id)
        frames: Frames = ()
        if introduction is not None:
            frames = (self._conduct.put(LinkFrame.INTRODUCTION, introduction.encode()),)
        return (*frames, self._conduct.put(LinkFrame.HELLO, Hello(greeting, self._fresh.public).encode()))

    def receive(self, frame_type: int, body: bytes) -> DiallerEvent | None:
        """One frame of the listener. Raises PeerError."""
        try:
            return self._receive(frame_type, body)
        except Exception:
            self._conduct.close()
            raise

    def _receive(self, frame_type: int, body: bytes) -> DiallerEvent | None:
        plaintext = self._conduct.take(frame_type, body)
        match frame_type:
            case LinkFrame.ANSWER | LinkFrame.ANSWER_LACKING:
                return self._answered(parse_answer(plaintext, with_keys=frame_type == LinkFrame.ANSWER))
            case LinkFrame.KEYS:
                return Keyed(self._confirm(parse_keys(plaintext)))
            case LinkFrame.CONFIRM:
                must_be_empty(plaintext)
                return self._established()
            case LinkFrame.NEWER_CARD:
                return NewerCardShown(parse_blob(plaintext))
        return None

    def _answered(self, answer: Answer) -> Answered:
        greeting = answer.greeting
        _check_greeting(self._own, greeting)
        if greeting.device_id != self._peer_device:
            raise PeerError("wrong-device", "another device answered than the one that was dialled")
        if (answer.keys is not None) != (greeting.held == self._own.revision):
            raise PeerError("malformed", "malformed answer: card held and encapsulations disagree")
        if bool(answer.card) != (greeting.revision != self._held.revision):
            raise PeerError("malformed", "malformed answer: card neither known nor sent")
        self._answer = answer
        return Answered(greeting, answer.card)

    def accept(self, peer: PeerCard, entropy: Entropy) -> Frames:
        """`peer` is the listener's card of the revision that it named, or the newer one that we know."""
        answer = self._answer
        if answer is None or self.state not in ("answered", "card-wanted"):
            raise RuntimeError("nothing to accept")
        if answer.greeting.revision < peer.revision:
            return (self._conduct.put(LinkFrame.NEWER_CARD, opaque(peer.card)),)
        _check_card(self._conduct, peer, answer.card or self._held.card, answer.greeting.revision)
        self._peer = peer
        encapsulated = self._conduct.encapsulate(self._own.suite, peer.block_key, entropy)
        self._to_listener = encapsulated.secret
        if answer.keys is None:
            body = CardKey(self._own.card, encapsulated.enc).encode()
            return (self._conduct.put(LinkFrame.CARD_KEY, body),)
        key = self._conduct.put(LinkFrame.KEY, opaque(encapsulated.enc))
        return (key, *self._confirm(answer.keys))

    def _confirm(self, keys: Keys) -> Frames:
        if self._fresh is None or self._peer is None:
            raise RuntimeError("no keys to agree with")
        own, suite = self._own, self._own.suite
        fresh = kem.decapsulate(suite, self._fresh.private, keys.to_fresh_key)
        to_dialler = kem.decapsulate(suite, own.block_private, keys.to_block_key)
        secrets = (fresh, to_dialler, self._to_listener)
        self._fresh, self._to_listener = None, b""
        prk = _prk(suite, self._conduct, secrets, (own.card, self._peer.card))
        self._conduct.seal_with(link_cipher(suite, prk, outgoing=_DIALLER_KEY, incoming=_LISTENER_KEY))
        return (self._conduct.put(LinkFrame.CONFIRM, b""),)

    def _established(self) -> Established:
        if self._answer is None:
            raise RuntimeError("no answer")
        return Established(self._peer_device, self._answer.greeting.boot_id, self._conduct.cipher, ())


class LinkListener:
    """The side that was dialled."""

    def __init__(self, own: OwnSide, peer_endpoint: EndpointId) -> None:
        self._own = own
        self._hello: Hello | None = None
        self._card_key: CardKey | None = None
        self._peer_card = b""
        self._secrets = (b"", b"")
        self._conduct = _conduct(own, Role.CALLED, peer_endpoint, own.endpoint_id)

    @property
    def state(self) -> str:
        """As in `link_states`."""
        return self._conduct.state

    def receive(self, frame_type: int, body: bytes) -> ListenerEvent | None:
        """One frame of the dialler. Raises PeerError."""
        try:
            return self._receive(frame_type, body)
        except Exception:
            self._conduct.close()
            raise

    def _receive(self, frame_type: int, body: bytes) -> ListenerEvent | None:
        plaintext = self._conduct.take(frame_type, body)
        match frame_type:
            case LinkFrame.INTRODUCTION:
                return Introduced(parse_introduction(self._own.suite, plaintext))
            case LinkFrame.HELLO:
                self._hello = parse_hello(plaintext)
                _check_greeting(self._own, self._hello.greeting)
                kem.check_public_key(self._own.suite, self._hello.kem_public)
                return Greeted(self._hello.greeting)
            case LinkFrame.CARD_KEY:
                self._card_key = parse_card_key(plaintext)
                return CardShown(self._card_key.card, self._greeting().revision)
            case LinkFrame.KEY:
                self._agree(parse_blob(plaintext))
            case LinkFrame.CONFIRM:
                must_be_empty(plaintext)
                return self._established()
            case LinkFrame.NEWER_CARD:
                return NewerCardShown(parse_blob(plaintext))
        return None

    def _greeting(self) -> Greeting:
        if self._hello is None:
            raise RuntimeError("no hello")
        return self._hello.greeting

    def answer(self, held: PeerCard | None, entropy: Entropy) -> Frames:
        """`held` is the newest card of the dialler that we hold, None without one."""
        own, theirs = self._own, self._greeting()
        if held is not None and theirs.revision < held.revision:
            return (self._conduct.put(LinkFrame.NEWER_CARD, opaque(held.card)),)
        revision = 0 if held is None else held.revision
        greeting = Greeting(own.circle_id, own.device_id, own.revision, revision, own.boot_id)
        card = b"" if theirs.held == own.revision else own.card
        if held is None or theirs.revision != held.revision:
            return (self._conduct.put(LinkFrame.ANSWER_LACKING, Answer(greeting, card, None).encode()),)
        keys = self._encapsulate(held, entropy)
        return (self._conduct.put(LinkFrame.ANSWER, Answer(greeting, card, keys).encode()),)

    def accept(self, peer: PeerCard, entropy: Entropy) -> Frames:
        """The card that CardShown showed is good."""
        if self._card_key is None or self.state != "card-shown":
            raise RuntimeError("nothing to accept")
        _check_card(self._conduct, peer, self._card_key.card, self._greeting().revision)
        frame = self._conduct.put(LinkFrame.KEYS, self._encapsulate(peer, entropy).encode())
        self._agree(self._card_key.to_block_key)
        return (frame,)

    def _encapsulate(self, peer: PeerCard, entropy: Entropy) -> Keys:
        if self._hello is None:
            raise RuntimeError("no hello")
        to_block = self._conduct.encapsulate(self._own.suite, peer.block_key, entropy)
        to_fresh = self._conduct.encapsulate(self._own.suite, self._hello.kem_public, entropy)
        self._peer_card, self._secrets = peer.card, (to_fresh.secret, to_block.secret)
        return Keys(to_block.enc, to_fresh.enc)

    def _agree(self, enc: bytes) -> None:
        own, suite = self._own, self._own.suite
        secrets = (*self._secrets, kem.decapsulate(suite, own.block_private, enc))
        self._secrets = (b"", b"")
        prk = _prk(suite, self._conduct, secrets, (self._peer_card, own.card))
        self._conduct.seal_with(link_cipher(suite, prk, outgoing=_LISTENER_KEY, incoming=_DIALLER_KEY))

    def _established(self) -> Established:
        frames = (self._conduct.put(LinkFrame.CONFIRM, b""),)
        greeting = self._greeting()
        return Established(greeting.device_id, greeting.boot_id, self._conduct.cipher, frames)


def _check_card(conduct: Conduct, peer: PeerCard, shown: bytes, revision: int) -> None:
    """The accepted card is the one that this handshake is about."""
    if peer.card != shown or peer.revision != revision:
        conduct.close()
        raise PeerError("wrong-card", "the card is not of the revision that was named")
