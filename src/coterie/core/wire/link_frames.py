"""Bodies of the link handshake's frames. Cards are opaque here."""

from dataclasses import dataclass

from coterie.core.codec.tls import Reader, Writer, parse
from coterie.core.kernel.ids import ID_SIZE, CircleId, DeviceId
from coterie.core.wire.handshake import non_empty, read_version

VERSION = 1
BOOT_ID_SIZE = 16


@dataclass(frozen=True, slots=True)
class Greeting:
    """How each side begins: `revision` of its own card, `held` of the other's card that it holds (0: none)."""

    circle_id: CircleId
    device_id: DeviceId
    revision: int
    held: int
    boot_id: bytes

    def encode(self) -> bytes:
        out = Writer().u8(VERSION).fixed(self.circle_id, ID_SIZE).fixed(self.device_id, ID_SIZE)
        return out.u64(self.revision).u64(self.held).fixed(self.boot_id, BOOT_ID_SIZE).bytes()


def _read_greeting(reader: Reader) -> Greeting:
    read_version(reader, VERSION)
    circle_id, device_id = CircleId(reader.fixed(ID_SIZE)), DeviceId(reader.fixed(ID_SIZE))
    return Greeting(circle_id, device_id, reader.u64(), reader.u64(), reader.fixed(BOOT_ID_SIZE))


@dataclass(frozen=True, slots=True)
class Hello:
    """HELLO: the dialler's greeting, and a fresh KEM public key."""

    greeting: Greeting
    kem_public: bytes

    def encode(self) -> bytes:
        return self.greeting.encode() + Writer().opaque(self.kem_public).bytes()


def parse_hello(body: bytes) -> Hello:
    """Raises `malformed` or `needs-newer-version`."""
    return parse(lambda reader: Hello(_read_greeting(reader), reader.opaque()), body)


@dataclass(frozen=True, slots=True)
class Keys:
    """KEYS, and the end of ANSWER: encapsulations to the dialler's block key and to its fresh key."""

    to_block_key: bytes
    to_fresh_key: bytes

    def encode(self) -> bytes:
        return Writer().opaque(self.to_block_key).opaque(self.to_fresh_key).bytes()


def _read_keys(reader: Reader) -> Keys:
    return Keys(reader.opaque(), reader.opaque())


def parse_keys(body: bytes) -> Keys:
    """Raises `malformed`."""
    return parse(_read_keys, body)


@dataclass(frozen=True, slots=True)
class Answer:
    """ANSWER, or ANSWER_LACKING when `keys` is None; `card` is empty where the dialler holds this revision."""

    greeting: Greeting
    card: bytes
    keys: Keys | None

    def encode(self) -> bytes:
        keys = b"" if self.keys is None else self.keys.encode()
        return self.greeting.encode() + Writer().optional(_optional(self.card)).bytes() + keys


def parse_answer(body: bytes, with_keys: bool) -> Answer:
    """Raises `malformed` or `needs-newer-version`."""

    def read(reader: Reader) -> Answer:
        greeting, card = _read_greeting(reader), reader.optional(_read_blob) or b""
        return Answer(greeting, card, _read_keys(reader) if with_keys else None)

    return parse(read, body)


@dataclass(frozen=True, slots=True)
class CardKey:
    """CARD_KEY: the dialler's card, and an encapsulation to the listener's block key."""

    card: bytes
    to_block_key: bytes

    def encode(self) -> bytes:
        return Writer().opaque(self.card).opaque(self.to_block_key).bytes()


def parse_card_key(body: bytes) -> CardKey:
    """Raises `malformed`."""
    return parse(lambda reader: CardKey(_read_blob(reader), reader.opaque()), body)


def parse_blob(body: bytes) -> bytes:
    """KEY (an encapsulation) and NEWER_CARD (a card): one `opaque<V>`. Raises `malformed`."""
    return parse(_read_blob, body)


def _read_blob(reader: Reader) -> bytes:
    return non_empty(reader.opaque(), "handshake field")


def _optional(card: bytes) -> bytes | None:
    return Writer().opaque(card).bytes() if card else None
