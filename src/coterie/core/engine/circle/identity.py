"""Our person and device in a circle: what it takes to make them (their use is `state/identity.py`)."""

from dataclasses import dataclass

from coterie.core.codec.items import Item
from coterie.core.codec.tls import Reader, Writer
from coterie.core.crypto.kem import generate_key_pair
from coterie.core.crypto.signature import SoftwareSigner, generate_signer
from coterie.core.crypto.signing import complete
from coterie.core.crypto.suites import Suite
from coterie.core.engine.ports.circles import Key
from coterie.core.engine.state.context import Context
from coterie.core.kernel.ids import ZERO_ID, CircleId
from coterie.core.kernel.secret import Secret
from coterie.core.kernel.world import Entropy, Instant
from coterie.core.trust.certificates import ITEM_PSEUDONYM, Certificate, CertificateFields, sign_first_certificate
from coterie.core.trust.facts import ED25519_SUITE, Profile
from coterie.core.trust.roles import Kind

SIGNATURE, ENDPOINT, DOOR, BLOCK = "signature", "endpoint", "door", "block"


@dataclass(frozen=True, slots=True)
class DeviceKeys:
    """The private keys of a device that is being made: signature, endpoint and block key."""

    signature: Secret
    endpoint: Secret
    block: Secret
    block_public: bytes

    def write(self, out: Writer) -> None:
        """As a join under way keeps them, inside a Secret."""
        for secret in (self.signature, self.endpoint, self.block):
            out.opaque(secret.reveal())
        out.opaque(self.block_public)


def read_keys(reader: Reader) -> DeviceKeys:
    """The inverse of `DeviceKeys.write`."""
    return DeviceKeys(Secret(reader.opaque()), Secret(reader.opaque()), Secret(reader.opaque()), reader.opaque())


def new_keys(suite: Suite, entropy: Entropy) -> DeviceKeys:
    """Fresh keys for a device in one circle. Nothing is shared between circles."""
    block = generate_key_pair(suite, entropy)
    return DeviceKeys(
        generate_signer(suite, entropy).private,
        generate_signer(ED25519_SUITE, entropy).private,
        block.private,
        block.public,
    )


def device_signer(suite: Suite, keys: DeviceKeys) -> SoftwareSigner:
    """Signs as the device that these keys make."""
    return SoftwareSigner.from_private(suite, keys.signature)


def endpoint_signer(private: Secret) -> SoftwareSigner:
    """An endpoint's or door's Ed25519 key; its public key is the endpoint id."""
    return SoftwareSigner.from_private(ED25519_SUITE, private)


def first_certificate(suite: Suite, keys: DeviceKeys, circle_id: bytes, now: Instant, pseudonym: str) -> Certificate:
    """A joiner's first certificate. It carries the pseudonym, so whoever has the admission can name the person."""
    signer = device_signer(suite, keys)
    name = Writer()
    Profile(pseudonym).write(name)
    items = (Item(ITEM_PSEUDONYM, False, name.bytes()),)
    fields = CertificateFields(circle_id, Kind.PERSON, ZERO_ID, suite.id, signer.public_key, b"", now, items)
    return complete(sign_first_certificate(fields), signer)


def store_keys(ctx: Context, circle_id: CircleId, suite: Suite, keys: DeviceKeys, port: int = 0) -> None:
    """Puts the keys of our device where the rest of the engine finds them."""
    signature, endpoint = device_signer(suite, keys).public_key, endpoint_signer(keys.endpoint).public_key
    put = ctx.store.circles.put_key
    put(Key(circle_id, SIGNATURE, signature, keys.signature, signature, ctx.now))
    put(Key(circle_id, ENDPOINT, endpoint, keys.endpoint, endpoint, ctx.now, port=port))
    put(Key(circle_id, BLOCK, keys.block_public, keys.block, keys.block_public, ctx.now))
