"""The key schedule (RFC 9420 section 8): from one epoch's secrets to the next, and the exporter."""

from dataclasses import dataclass, field, fields

from coterie.core.crypto.kdf import derive_secret, digest, expand_with_label, extract, mac
from coterie.core.crypto.kem import KeyPair, derive_key_pair
from coterie.core.crypto.suites import Suite


@dataclass(frozen=True, slots=True)
class EpochSecrets:
    """What an epoch keeps. The encryption secret is not here: it goes into the secret tree and is gone."""

    init: bytes = field(repr=False)
    sender_data: bytes = field(repr=False)
    exporter: bytes = field(repr=False)
    external: bytes = field(repr=False)
    confirmation: bytes = field(repr=False)
    membership: bytes = field(repr=False)
    resumption: bytes = field(repr=False)
    authenticator: bytes = field(repr=False)


SECRET_NAMES = tuple(f.name for f in fields(EpochSecrets))


@dataclass(frozen=True, slots=True)
class Schedule:
    """All that one step of the key schedule gives."""

    secrets: EpochSecrets
    encryption: bytes = field(repr=False)
    joiner: bytes = field(repr=False)
    welcome: bytes = field(repr=False)


def zero_secret(suite: Suite) -> bytes:
    """`hash_size` zero bytes: the commit secret without a path, the PSK secret without keys."""
    return bytes(suite.hash_size)


def joiner_secret(suite: Suite, init: bytes, commit_secret: bytes, context: bytes) -> bytes:
    """From the last epoch's init secret and the commit; `context` is the new encoded GroupContext."""
    return expand_with_label(suite, extract(suite, init, commit_secret), "joiner", context, suite.hash_size)


def schedule_from_joiner(suite: Suite, joiner: bytes, psk_secret: bytes, context: bytes) -> Schedule:
    """The epoch from its joiner secret, as a member derives it and as a joiner does."""
    member = extract(suite, joiner, psk_secret)
    epoch = expand_with_label(suite, member, "epoch", context, suite.hash_size)
    return schedule_from_epoch(suite, epoch, joiner, derive_secret(suite, member, "welcome"))


def schedule_from_epoch(suite: Suite, epoch: bytes, joiner: bytes = b"", welcome: bytes = b"") -> Schedule:
    """The epoch from its epoch secret (a new group begins here, section 11)."""
    secrets = EpochSecrets(
        init=derive_secret(suite, epoch, "init"),
        sender_data=derive_secret(suite, epoch, "sender data"),
        exporter=derive_secret(suite, epoch, "exporter"),
        external=derive_secret(suite, epoch, "external"),
        confirmation=derive_secret(suite, epoch, "confirm"),
        membership=derive_secret(suite, epoch, "membership"),
        resumption=derive_secret(suite, epoch, "resumption"),
        authenticator=derive_secret(suite, epoch, "authentication"),
    )
    return Schedule(secrets, derive_secret(suite, epoch, "encryption"), joiner, welcome)


def welcome_key(suite: Suite, welcome: bytes) -> tuple[bytes, bytes]:
    """Key and nonce of the encrypted GroupInfo (section 12.4.3.1)."""
    return (
        expand_with_label(suite, welcome, "key", b"", suite.key_size),
        expand_with_label(suite, welcome, "nonce", b"", suite.nonce_size),
    )


def export(suite: Suite, exporter: bytes, label: str, context: bytes, length: int) -> bytes:
    """MLS-Exporter (section 8.5): the context goes in as its hash."""
    secret = derive_secret(suite, exporter, label)
    return expand_with_label(suite, secret, "exported", digest(suite, context), length)


def external_key_pair(suite: Suite, external: bytes) -> KeyPair:
    """The key pair to which external committers encapsulate (section 8.3)."""
    return derive_key_pair(suite, external)


def confirmation_tag(suite: Suite, confirmation: bytes, transcript: bytes) -> bytes:
    """The MAC over the confirmed transcript hash that proves the new epoch's keys."""
    return mac(suite, confirmation, transcript)
