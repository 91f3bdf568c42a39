"""The join handshake, both sides (PROTOCOL 3). Feed frames to `receive`; steps of ours return frames to transmit.

The machines prove the invitation's secret and the commitment, and show what a device signed; whether certificate,
card, grant and admission are good is for the caller to judge before it takes the next step. Any PeerError closes the
machine: then the connection is to be closed without a byte. A broken handshake is resumed by a fresh one, with fresh
nonces and KEM key and the same certificate.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from coterie.core.codec.tls import Writer, opaque, parse
from coterie.core.crypto import kdf, kem
from coterie.core.crypto.signature import sign_content
from coterie.core.crypto.signing import Signing
from coterie.core.crypto.suites import Suite, suite
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import EndpointId, derive_id
from coterie.core.kernel.world import Entropy
from coterie.core.wire.frames import Frame
from coterie.core.wire.handshake import Conduct, Frames, Role, must_be_empty, proof_content, sign_proof
from coterie.core.wire.invitation import PREFIX_SIZE, Invitation, InvitationKeys, invitation_keys
from coterie.core.wire.join_frames import (
    NONCE_SIZE,
    InviterHello,
    ObjectStream,
    Opening,
    Request,
    encode_refusal,
    parse_blob,
    parse_inviter_hello,
    parse_opening,
    parse_refusal,
    parse_request,
    pieces,
)
from coterie.core.wire.join_states import JOIN_TABLE, JoinFrame
from coterie.core.wire.link_cipher import LinkCipher, link_cipher
from coterie.core.wire.transcript import Transcript
from coterie.core.wire.words import six_words

ALPN = b"coterie-join/1"
PROOF_LABEL = "Coterie 1 join"
"""Label under which both devices sign the transcript."""

_JOINER_KEY, _INVITER_KEY = "coterie 1 join joiner", "coterie 1 join inviter"
_WORDS = "coterie 1 join words"


@dataclass(frozen=True, slots=True)
class Requested:
    """Inviter: a stranger names an invitation by the first 8 bytes of its id. Then `prove`."""

    prefix: bytes


@dataclass(frozen=True, slots=True)
class InviterShown:
    """Joiner: the device that the link names; `signed` are the bytes under `signature`. Verify, then `open`."""

    certificate: bytes
    signed: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class JoinerShown:
    """Inviter: certificate and card that were committed to; `signed` as above. Verify and claim, then `grant`."""

    certificate: bytes
    card: bytes
    signed: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Granted:
    """Joiner: the grant. Check key, expiry and device, then `consent`."""

    grant: bytes


@dataclass(frozen=True, slots=True)
class Consented:
    """Inviter: the invitation key's signature for the admission. Verify, then `admit`."""

    signature: bytes


@dataclass(frozen=True, slots=True)
class Admitted:
    """Joiner: the admission. The objects follow."""

    admission: bytes


@dataclass(frozen=True, slots=True)
class Handed:
    """Joiner: some of the circle's objects, whole ones."""

    objects: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class HandedOver:
    """Joiner: that was all of them. Verify and store everything, then `acknowledge`."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Inviter: the joiner has it durably. `words` are to be kept in place of any earlier ones."""

    words: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Joiner: a sealed answer instead (`join_frames.REFUSALS`). The handshake is over."""

    code: str


JoinerEvent = InviterShown | Granted | Admitted | Handed | HandedOver | Refused
InviterEvent = Requested | JoinerShown | Consented | Acknowledged


@dataclass(frozen=True, slots=True)
class Finished:
    """Joiner: the acknowledgement to transmit, and the words to keep."""

    frames: Frames
    words: str


def _start_transcript(
    circle_suite: Suite, joiner: EndpointId, inviter: EndpointId, invitation: Invitation
) -> Transcript:
    return Transcript(circle_suite, ALPN, joiner, inviter, invitation.circle_id, invitation.encode())


def _keys(circle_suite: Suite, keys: InvitationKeys, secret: bytes, transcript: bytes, role: Role) -> LinkCipher:
    """The two sealing keys; `transcript` is the hash after the encapsulation."""
    prk = kdf.extract(circle_suite, transcript, keys.sealing_key.reveal() + secret)
    if role is Role.CALLER:
        return link_cipher(circle_suite, prk, outgoing=_JOINER_KEY, incoming=_INVITER_KEY)
    return link_cipher(circle_suite, prk, outgoing=_INVITER_KEY, incoming=_JOINER_KEY)


class JoinJoiner:
    """The side that holds the link. `certificate` is our first one, `card` that of this device."""

    def __init__(
        self, invitation: Invitation, own_endpoint: EndpointId, certificate: bytes, card: bytes, entropy: Entropy
    ) -> None:
        self._suite = suite(invitation.suite_id)
        self._invitation = invitation
        self._keys = invitation_keys(self._suite, invitation.secret)
        self._kem = kem.generate_key_pair(self._suite, entropy)
        self._opening = Opening(entropy.random(NONCE_SIZE), certificate, card)
        self._certificate = b""
        self._words = ""
        self._stream = ObjectStream()
        self._conduct = Conduct(JOIN_TABLE, Role.CALLER)
        self._conduct.record(_start_transcript(self._suite, own_endpoint, invitation.endpoint_id, invitation))

    @property
    def state(self) -> str:
        """As in `join_states`."""
        return self._conduct.state

    def start(self) -> Frames:
        """The first frame."""
        prefix = self._keys.invitation_id[:PREFIX_SIZE]
        unsigned = Request(prefix, self._kem.public, self._opening.commitment(), b"")
        covered = self._conduct.transcript.hash + unsigned.authenticated()
        tag = kdf.mac(self._suite, self._keys.mac_key.reveal(), covered)
        request = Request(prefix, unsigned.kem_public, unsigned.commitment, tag)
        return (self._conduct.put(JoinFrame.REQUEST, request.encode()),)

    def receive(self, frame_type: int, body: bytes) -> JoinerEvent | None:
        """One frame of the inviter; None when there is nothing to judge yet. Raises PeerError."""
        try:
            return self._receive(frame_type, body)
        except Exception:
            self._conduct.close()
            raise

    def _receive(self, frame_type: int, body: bytes) -> JoinerEvent | None:
        before = self._conduct.hash
        plaintext = self._conduct.take(frame_type, body)
        match frame_type:
            case JoinFrame.ENCAPSULATION:
                self._agree(parse_blob(plaintext))
            case JoinFrame.INVITER_HELLO:
                self._name(parse_inviter_hello(plaintext))
            case JoinFrame.INVITER_PROOF:
                signed = sign_content(PROOF_LABEL, proof_content("inviter", before))
                return InviterShown(self._certificate, signed, parse_blob(plaintext))
            case JoinFrame.GRANT:
                return Granted(parse_blob(plaintext))
            case JoinFrame.ADMISSION:
                return Admitted(parse_blob(plaintext))
            case JoinFrame.OBJECTS:
                return Handed(self._stream.feed(plaintext))
            case JoinFrame.OBJECTS_END:
                self._stream.finish(parse(lambda reader: reader.u32(), plaintext))
                return HandedOver()
            case JoinFrame.REFUSAL:
                return Refused(parse_refusal(plaintext))
        return None

    def _agree(self, enc: bytes) -> None:
        secret = kem.decapsulate(self._suite, self._kem.private, enc)
        cipher = _keys(self._suite, self._keys, secret, self._conduct.transcript.hash, Role.CALLER)
        self._conduct.seal_with(cipher)

    def _name(self, hello: InviterHello) -> None:
        if derive_id("device", hello.certificate) != self._invitation.device_id:
            raise PeerError("wrong-device", "another device answered than the one that the invitation names")
        self._certificate = hello.certificate

    def open(self) -> Signing[Frames]:
        """The inviter's device has been verified: the opening, and our device's signature."""
        opening = self._conduct.put(JoinFrame.OPENING, self._opening.encode())
        transcript = self._conduct.transcript.hash
        self._words = six_words(self._suite, _WORDS, transcript)
        signature = yield from sign_proof(PROOF_LABEL, "joiner", transcript)
        return opening, self._conduct.put(JoinFrame.JOINER_PROOF, opaque(signature))

    def consent(self, signature: bytes) -> Frames:
        """The invitation key's signature over {hash of the grant, certificate}, for the admission."""
        return (self._conduct.put(JoinFrame.CONSENT, opaque(signature)),)

    def acknowledge(self) -> Finished:
        """Admission and objects are about to be durable here; transmit after they are."""
        return Finished((self._conduct.put(JoinFrame.ACKNOWLEDGEMENT, b""),), self._words)


class JoinInviter:
    """The side whose door was knocked at. `own_endpoint` is the door's."""

    def __init__(self, joiner_endpoint: EndpointId, own_endpoint: EndpointId) -> None:
        self._joiner_endpoint = joiner_endpoint
        self._own_endpoint = own_endpoint
        self._request: Request | None = None
        self._suite: Suite | None = None
        self._keys: InvitationKeys | None = None
        self._opening: Opening | None = None
        self._words = ""
        self._conduct = Conduct(JOIN_TABLE, Role.CALLED)

    @property
    def state(self) -> str:
        """As in `join_states`."""
        return self._conduct.state

    def receive(self, frame_type: int, body: bytes) -> InviterEvent | None:
        """One frame of the joiner; None when there is nothing to judge yet. Raises PeerError."""
        try:
            return self._receive(frame_type, body)
        except Exception:
            self._conduct.close()
            raise

    def _receive(self, frame_type: int, body: bytes) -> InviterEvent | None:
        before = self._conduct.hash
        plaintext = self._conduct.take(frame_type, body)
        match frame_type:
            case JoinFrame.REQUEST:
                self._request = parse_request(plaintext)
                return Requested(self._request.prefix)
            case JoinFrame.OPENING:
                self._check_opening(parse_opening(plaintext))
            case JoinFrame.JOINER_PROOF:
                return self._shown(before, parse_blob(plaintext))
            case JoinFrame.CONSENT:
                return Consented(parse_blob(plaintext))
            case JoinFrame.ACKNOWLEDGEMENT:
                must_be_empty(plaintext)
                return Acknowledged(self._words)
        return None

    def prove(self, invitation: Invitation) -> None:
        """Whether the request's MAC was made with this invitation's secret; `bad-mac` closes without a byte."""
        request = self._request
        if request is None or self._keys is not None:
            raise RuntimeError("nothing to prove")
        self._suite = suite(invitation.suite_id)
        keys = invitation_keys(self._suite, invitation.secret)
        transcript = _start_transcript(self._suite, self._joiner_endpoint, self._own_endpoint, invitation)
        try:
            covered = transcript.hash + request.authenticated()
            kdf.verify_mac(self._suite, keys.mac_key.reveal(), covered, request.mac)
            kem.check_public_key(self._suite, request.kem_public)
        except PeerError:
            self._conduct.close()
            raise
        self._keys = keys
        transcript.add(JoinFrame.REQUEST, request.encode())
        self._conduct.record(transcript)

    def answer(self, certificate: bytes, entropy: Entropy) -> Signing[Frames]:
        """The secret was proved: encapsulation, our device's certificate, and its signature over the transcript."""
        encapsulation = self._encapsulate(entropy)
        hello = InviterHello(entropy.random(NONCE_SIZE), certificate)
        named = self._conduct.put(JoinFrame.INVITER_HELLO, hello.encode())
        signature = yield from sign_proof(PROOF_LABEL, "inviter", self._conduct.transcript.hash)
        return encapsulation, named, self._conduct.put(JoinFrame.INVITER_PROOF, opaque(signature))

    def refuse(self, code: str, entropy: Entropy) -> Frames:
        """A sealed answer (`join_frames.REFUSALS`) instead of the next step; the handshake is over."""
        body = encode_refusal(code)
        first = (self._encapsulate(entropy),) if self.state == "requested" else ()
        return (*first, self._conduct.put(JoinFrame.REFUSAL, body))

    def grant(self, grant: bytes) -> Frames:
        """The joiner's device was verified and has claimed the invitation."""
        return (self._conduct.put(JoinFrame.GRANT, opaque(grant)),)

    def admit(self, admission: bytes, objects: Iterable[bytes]) -> Frames:
        """The admission was issued; it, and the whole set of the circle's objects."""
        handed = tuple(objects)
        frames = [self._conduct.put(JoinFrame.ADMISSION, opaque(admission))]
        frames += [self._conduct.put(JoinFrame.OBJECTS, piece) for piece in pieces(handed)]
        frames.append(self._conduct.put(JoinFrame.OBJECTS_END, Writer().u32(len(handed)).bytes()))
        return tuple(frames)

    def _encapsulate(self, entropy: Entropy) -> Frame:
        if self._suite is None or self._keys is None or self._request is None:
            raise RuntimeError("the invitation's secret has not been proved")
        encapsulated = self._conduct.encapsulate(self._suite, self._request.kem_public, entropy)
        frame = self._conduct.put(JoinFrame.ENCAPSULATION, opaque(encapsulated.enc))
        transcript = self._conduct.transcript.hash
        self._conduct.seal_with(_keys(self._suite, self._keys, encapsulated.secret, transcript, Role.CALLED))
        return frame

    def _check_opening(self, opening: Opening) -> None:
        if self._request is None or self._suite is None or opening.commitment() != self._request.commitment:
            raise PeerError("bad-commitment", "the joiner opened something else than it committed to")
        self._opening = opening
        self._words = six_words(self._suite, _WORDS, self._conduct.transcript.hash)

    def _shown(self, before: bytes, signature: bytes) -> JoinerShown:
        if self._opening is None:
            raise RuntimeError("no opening")
        signed = sign_content(PROOF_LABEL, proof_content("joiner", before))
        return JoinerShown(self._opening.certificate, self._opening.card, signed, signature)
