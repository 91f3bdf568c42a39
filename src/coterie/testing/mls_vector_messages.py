"""Vectors about messages: messages, message-protection, welcome."""

from collections.abc import Callable

from coterie.core.codec.tls import Writer, parse
from coterie.core.crypto.kdf import verify_mac
from coterie.core.crypto.signature import SoftwareSigner, verify_with_label
from coterie.core.crypto.suites import SUITES, Suite
from coterie.core.mls.commit import read_commit
from coterie.core.mls.framing import AuthData, FramedContent, member
from coterie.core.mls.group_context import GroupContext
from coterie.core.mls.group_info import GroupInfo
from coterie.core.mls.join import open_welcome
from coterie.core.mls.key_package import KeyPackage
from coterie.core.mls.key_packages import parse_key_package
from coterie.core.mls.key_schedule import schedule_from_joiner
from coterie.core.mls.mls_message import Body, encode_message, message_header, parse_message
from coterie.core.mls.private_message import PrivateMessage, open_content, open_sender_data, seal_private
from coterie.core.mls.proposal import READERS
from coterie.core.mls.psk import NO_PSKS
from coterie.core.mls.public_message import PublicMessage, membership_tag, tag_input
from coterie.core.mls.ratchet_tree import parse_tree
from coterie.core.mls.ratchets import Ratchets
from coterie.core.mls.registry import (
    CONTENT_APPLICATION,
    CONTENT_COMMIT,
    CONTENT_PROPOSAL,
    PROPOSAL_ADD,
    PROPOSAL_EXTERNAL_INIT,
    PROPOSAL_GROUP_CONTEXT_EXTENSIONS,
    PROPOSAL_PSK,
    PROPOSAL_REINIT,
    PROPOSAL_REMOVE,
    PROPOSAL_UPDATE,
    WIRE_PRIVATE_MESSAGE,
    WIRE_PUBLIC_MESSAGE,
)
from coterie.core.mls.welcome import Welcome, parse_group_secrets
from coterie.testing.mls_rows import DictRows
from coterie.testing.mls_vector_tools import Case, MismatchError, data, equal, number, private_key, secret, suite_of

_ANY_SUITE = SUITES[1]
_SENDER = 1


def _message(kind: type[Body], content_type: int | None = None) -> Callable[[bytes], bytes]:
    """An MLSMessage with this kind of body and, if it is a PublicMessage, of content."""

    def again(encoded: bytes) -> bytes:
        body = parse_message(encoded)
        if not isinstance(body, kind):
            raise MismatchError(f"not a {kind.__name__}")
        if isinstance(body, PublicMessage):
            equal("content type", body.content.content_type, content_type)
        return encode_message(body)

    return again


def _tree(encoded: bytes) -> bytes:
    return parse_tree(_ANY_SUITE, encoded).encode()


def _secrets(encoded: bytes) -> bytes:
    return parse_group_secrets(encoded).encode()


def _commit(encoded: bytes) -> bytes:
    return parse(read_commit, encoded).encode()


def _proposal(kind: int) -> Callable[[bytes], bytes]:
    def again(encoded: bytes) -> bytes:
        out = Writer()
        parse(READERS[kind], encoded).write(out)
        return out.bytes()

    return again


_STRUCTURES: dict[str, Callable[[bytes], bytes]] = {
    "mls_welcome": _message(Welcome),
    "mls_group_info": _message(GroupInfo),
    "mls_key_package": _message(KeyPackage),
    "ratchet_tree": _tree,
    "group_secrets": _secrets,
    "add_proposal": _proposal(PROPOSAL_ADD),
    "update_proposal": _proposal(PROPOSAL_UPDATE),
    "remove_proposal": _proposal(PROPOSAL_REMOVE),
    "pre_shared_key_proposal": _proposal(PROPOSAL_PSK),
    "re_init_proposal": _proposal(PROPOSAL_REINIT),
    "external_init_proposal": _proposal(PROPOSAL_EXTERNAL_INIT),
    "group_context_extensions_proposal": _proposal(PROPOSAL_GROUP_CONTEXT_EXTENSIONS),
    "commit": _commit,
    "public_message_application": _message(PublicMessage, CONTENT_APPLICATION),
    "public_message_proposal": _message(PublicMessage, CONTENT_PROPOSAL),
    "public_message_commit": _message(PublicMessage, CONTENT_COMMIT),
    "private_message": _message(PrivateMessage),
}


def check_messages(case: Case) -> None:
    """Every structure is there, decodes whole and encodes to the same bytes."""
    unknown = set(case) - set(_STRUCTURES)
    if unknown:
        raise MismatchError(f"unknown structure {min(unknown)}")
    for name, again in _STRUCTURES.items():
        encoded = data(case, name)
        equal(name, again(encoded), encoded)


def check_message_protection(case: Case) -> None:
    """Opens what is given in both wire formats, then protects the same contents and opens that."""
    suite = suite_of(case)
    for name, kind in (
        ("proposal", CONTENT_PROPOSAL),
        ("commit", CONTENT_COMMIT),
        ("application", CONTENT_APPLICATION),
    ):
        body = data(case, name)
        content, auth = _open_private(case, suite, data(case, f"{name}_priv"))
        equal(f"{name}_priv", (content.body, content.content_type), (body, kind))
        if kind != CONTENT_APPLICATION:
            content, auth = _open_public(case, suite, data(case, f"{name}_pub"))
            equal(f"{name}_pub", (content.body, content.content_type), (body, kind))
            again = _open_public(case, suite, _protect_public(case, suite, kind, body, auth))
            equal(f"our own {name}_pub", again[0].body, body)
        again = _open_private(case, suite, _protect_private(case, suite, kind, body, auth))
        equal(f"our own {name}_priv", again[0].body, body)


def _context(case: Case, suite: Suite) -> bytes:
    return GroupContext(
        suite.id,
        data(case, "group_id"),
        number(case, "epoch"),
        data(case, "tree_hash"),
        data(case, "confirmed_transcript_hash"),
    ).encode()


def _ratchets(case: Case, suite: Suite) -> tuple[Ratchets, DictRows]:
    ratchets, rows = Ratchets(suite, number(case, "epoch"), 2), DictRows()
    rows.write(ratchets.begin(secret(case, suite, "encryption_secret"), 0))
    return ratchets, rows


def _verify(case: Case, suite: Suite, wire: int, content: FramedContent, auth: AuthData) -> None:
    signed = content.to_be_signed(wire, _context(case, suite))
    verify_with_label(suite, data(case, "signature_pub"), "FramedContentTBS", signed, auth.signature)
    equal("sender", content.sender, member(_SENDER))
    equal("group_id", content.group_id, data(case, "group_id"))
    equal("epoch", content.epoch, number(case, "epoch"))


def _open_private(case: Case, suite: Suite, encoded: bytes) -> tuple[FramedContent, AuthData]:
    message = parse_message(encoded)
    if not isinstance(message, PrivateMessage):
        raise MismatchError("not a PrivateMessage")
    ratchets, rows = _ratchets(case, suite)
    sender = open_sender_data(suite, secret(case, suite, "sender_data_secret"), message)
    handshake = message.content_type != CONTENT_APPLICATION
    key, _ = ratchets.take(rows, sender.leaf, handshake, sender.generation)
    content, auth = open_content(suite, key.key, key.nonce, message, sender)
    _verify(case, suite, WIRE_PRIVATE_MESSAGE, content, auth)
    return content, auth


def _open_public(case: Case, suite: Suite, encoded: bytes) -> tuple[FramedContent, AuthData]:
    message = parse_message(encoded)
    if not isinstance(message, PublicMessage):
        raise MismatchError("not a PublicMessage")
    tagged = tag_input(message.content, message.auth, _context(case, suite))
    verify_mac(suite, secret(case, suite, "membership_key"), tagged, message.membership_tag or b"")
    _verify(case, suite, WIRE_PUBLIC_MESSAGE, message.content, message.auth)
    return message.content, message.auth


def _sign(
    case: Case, suite: Suite, wire: int, kind: int, body: bytes, given: AuthData
) -> tuple[FramedContent, AuthData]:
    signer = SoftwareSigner.from_private(suite, private_key(case, suite, "signature_priv"))
    content = FramedContent(data(case, "group_id"), number(case, "epoch"), member(_SENDER), b"", kind, body)
    label = b"MLS 1.0 FramedContentTBS"
    signed = Writer().opaque(label).opaque(content.to_be_signed(wire, _context(case, suite))).bytes()
    return content, AuthData(signer.sign(signed), given.confirmation_tag)


def _protect_public(case: Case, suite: Suite, kind: int, body: bytes, given: AuthData) -> bytes:
    content, auth = _sign(case, suite, WIRE_PUBLIC_MESSAGE, kind, body, given)
    tag = membership_tag(suite, data(case, "membership_key"), content, auth, _context(case, suite))
    return encode_message(PublicMessage(content, auth, tag))


def _protect_private(case: Case, suite: Suite, kind: int, body: bytes, given: AuthData) -> bytes:
    content, auth = _sign(case, suite, WIRE_PRIVATE_MESSAGE, kind, body, given)
    ratchets, rows = _ratchets(case, suite)
    key, _ = ratchets.take_next(rows, _SENDER, kind != CONTENT_APPLICATION)
    secret = data(case, "sender_data_secret")
    sealed = seal_private(suite, secret, content, auth, key, b"\x01\x02\x03\x04", lambda size: size + 100)
    return message_header(WIRE_PRIVATE_MESSAGE) + sealed


def check_welcome(case: Case) -> None:
    """A Welcome opened with the init key; signature and confirmation tag of its GroupInfo."""
    package = parse_key_package(data(case, "key_package"))
    equal("cipher_suite", package.suite_id, case["cipher_suite"])
    suite = suite_of(case)
    welcome = parse_message(data(case, "welcome"))
    if not isinstance(welcome, Welcome):
        raise MismatchError("welcome is another message")
    opened = open_welcome(suite, welcome, package, private_key(case, suite, "init_priv"), NO_PSKS)
    info = opened.info
    verify_with_label(suite, data(case, "signer_pub"), "GroupInfoTBS", info.to_be_signed(), info.signature)
    joiner = opened.secrets.joiner_secret
    made = schedule_from_joiner(suite, joiner, opened.psk_secret, info.context.encode())
    transcript = info.context.confirmed_transcript_hash
    verify_mac(suite, made.secrets.confirmation, transcript, info.confirmation_tag)
