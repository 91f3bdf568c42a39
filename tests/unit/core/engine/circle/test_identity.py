from coterie.core.codec.tls import Writer, parse
from coterie.core.crypto.suites import suite
from coterie.core.engine.circle import identity
from coterie.core.engine.state.names import first_name
from coterie.core.kernel.ids import CircleId
from coterie.core.kernel.world import Instant
from coterie.core.trust.certificates import parse_certificate, verify_certificate
from coterie.testing.entropy import SeededEntropy
from coterie.testing.pipe import Pipe

SUITE = suite(1)


def test_keys_are_read_back_as_they_were_written() -> None:
    keys = identity.new_keys(SUITE, SeededEntropy(1))
    out = Writer()
    keys.write(out)
    assert parse(identity.read_keys, out.bytes()) == keys


def test_every_key_is_another_and_none_is_shown() -> None:
    keys = identity.new_keys(SUITE, SeededEntropy(1))
    secrets = {keys.signature.reveal(), keys.endpoint.reveal(), keys.block.reveal()}
    assert len(secrets) == 3
    assert all(repr(secret)[2:-1] not in repr(keys) for secret in secrets)


def test_a_first_certificate_verifies_and_begins_a_person() -> None:
    keys = identity.new_keys(SUITE, SeededEntropy(1))
    made = identity.first_certificate(SUITE, keys, bytes(31) + b"\1", Instant(5), "Bob")
    certificate = verify_certificate(parse_certificate(made.raw), bytes(31) + b"\1", SUITE, None)
    assert certificate.is_first
    assert first_name(certificate) == "Bob"
    assert certificate.fields.signature_key == identity.device_signer(SUITE, keys).public_key


def test_stored_keys_are_found_by_purpose() -> None:
    pipe = Pipe()
    node = pipe.node("alice")
    keys = identity.new_keys(SUITE, SeededEntropy(1))
    circle_id = CircleId(bytes(32))
    identity.store_keys(pipe.context(node), circle_id, SUITE, keys, port=9)
    [endpoint] = node.store.circles.keys(circle_id, identity.ENDPOINT)
    assert (endpoint.private, endpoint.port) == (keys.endpoint, 9)
    assert endpoint.public == identity.endpoint_signer(keys.endpoint).public_key
    assert node.store.circles.keys(circle_id, identity.BLOCK)[0].public == keys.block_public
    assert node.store.circles.keys(circle_id, identity.SIGNATURE)[0].private == keys.signature
