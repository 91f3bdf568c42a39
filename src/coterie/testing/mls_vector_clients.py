"""Vectors of whole clients: passive-client-welcome, -handling-commit, -random.

A passive client joins by a Welcome and follows the group; it never sends.
"""

from coterie.core.codec.tls import Reader, parse
from coterie.core.crypto.signature import SoftwareSigner, verify_with_label
from coterie.core.crypto.suites import Suite
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.secret import Secret
from coterie.core.mls.credential import read_credential
from coterie.core.mls.extension import find_extension
from coterie.core.mls.group import Group
from coterie.core.mls.join import join
from coterie.core.mls.key_packages import KeyPackageSecrets, parse_key_package
from coterie.core.mls.mls_message import parse_message
from coterie.core.mls.open_message import Opened, Proposed, open_message
from coterie.core.mls.proposal import Add, parse_proposal
from coterie.core.mls.public_message import PublicMessage
from coterie.core.mls.registry import EXTENSION_EXTERNAL_SENDERS, SENDER_EXTERNAL, WIRE_PUBLIC_MESSAGE
from coterie.core.mls.staged import StagedCommit
from coterie.testing.mls_rows import DictRows
from coterie.testing.mls_vector_tools import (
    Case,
    MismatchError,
    SkippedError,
    belongs,
    data,
    entries,
    equal,
    private_key,
    suite_of,
    unhex,
)

_LATER = {
    "leaf-credential-x509": "x509 credentials",
    "welcome-psk-usage": "reinitialisation and branches",
}
"""Rules that stand for features of a later issue; both are judged only in what is authenticated."""


class _Psks:
    """The case's external keys, and resumption keys of the epochs that were passed."""

    def __init__(self, case: Case) -> None:
        self._external = {data(e, "psk_id"): Secret(data(e, "psk")) for e in entries(case, "external_psks")}
        self._resumption: dict[tuple[bytes, int], Secret] = {}

    def remember(self, group: Group) -> None:
        self._resumption[group.group_id, group.epoch] = group.resumption_psk

    def external(self, psk_id: bytes) -> Secret | None:
        return self._external.get(psk_id)

    def resumption(self, group_id: bytes, epoch: int) -> Secret | None:
        return self._resumption.get((group_id, epoch))


def check_passive_client(case: Case) -> None:
    """Joins, then follows every epoch, comparing the epoch authenticator."""
    package = parse_key_package(data(case, "key_package"))
    equal("cipher_suite", package.suite_id, case["cipher_suite"])
    suite = suite_of(case)
    try:
        _follow(case, suite)
    except PeerError as error:
        rule = error.message.partition(":")[0]
        if rule in _LATER:
            raise SkippedError(_LATER[rule]) from error
        raise


def _follow(case: Case, suite: Suite) -> None:
    secrets = _check_private_keys(case, suite)
    psks, rows = _Psks(case), DictRows()
    tree = None if case.get("ratchet_tree") is None else data(case, "ratchet_tree")
    joined = join(data(case, "welcome"), data(case, "key_package"), secrets, psks=psks, ratchet_tree=tree)
    rows.write(joined.delta)
    group = joined.group
    if tree is not None:  # also when the Welcome carries one: then this is the same
        equal("ratchet_tree", group.tree.encode(), tree)
    psks.remember(group)
    equal("initial_epoch_authenticator", group.epoch_authenticator, data(case, "initial_epoch_authenticator"))
    for number, epoch in enumerate(entries(case, "epochs")):
        for message in entries(epoch, "proposals"):
            proposed = _open_proposal(group, rows, unhex("proposals", message), psks)
            if not isinstance(proposed, Proposed):
                raise MismatchError(f"epoch {number}: not a proposal")
            rows.write(proposed.delta)
        staged = open_message(group, rows, data(epoch, "commit"), psks=psks)
        if not isinstance(staged, StagedCommit) or staged.group is None:
            raise MismatchError(f"epoch {number}: not a commit that we can follow")
        rows.write(staged.delta)
        group = Group.load(rows)
        psks.remember(group)
        equal(f"epoch {number}: epoch_authenticator", group.epoch_authenticator, data(epoch, "epoch_authenticator"))


def _check_private_keys(case: Case, suite: Suite) -> KeyPackageSecrets:
    """The private keys belong to the key package."""
    package = parse_key_package(data(case, "key_package"))
    signer = SoftwareSigner.from_private(suite, private_key(case, suite, "signature_priv"))
    equal("signature_priv", signer.public_key, package.leaf.signature_key)
    secrets = KeyPackageSecrets(private_key(case, suite, "init_priv"), private_key(case, suite, "encryption_priv"))
    for name, public, private in (
        ("init_priv", package.init_key, secrets.init),
        ("encryption_priv", package.leaf.encryption_key, secrets.leaf),
    ):
        belongs(name, suite, public, private)
    return secrets


def _open_proposal(group: Group, rows: DictRows, message: bytes, psks: _Psks) -> Opened:
    """A proposal from outside is left to a later issue if it is what it says; anything else is opened or refused."""
    try:
        return open_message(group, rows, message, psks=psks)
    except PeerError as error:
        if error.code == "external-sender-not-allowed":
            _verify_outsider(group, message)
            raise SkippedError("external senders") from error
        raise


def _verify_outsider(group: Group, message: bytes) -> None:
    """The message is a proposal, signed by an external sender of the group or by the newcomer whom it adds."""
    body = parse_message(message)
    if not isinstance(body, PublicMessage):
        raise MismatchError("not a PublicMessage")
    proposal, sender = parse_proposal(body.content.body), body.content.sender
    if sender.type == SENDER_EXTERNAL:
        senders = find_extension(group.context.extensions, EXTENSION_EXTERNAL_SENDERS)
        key = parse(lambda r: r.vector(_read_external_sender), senders or b"\x00")[sender.index]
    elif isinstance(proposal, Add):
        key = proposal.key_package.leaf.signature_key
    else:
        raise MismatchError("a newcomer proposes something else than itself")
    signed = body.content.to_be_signed(WIRE_PUBLIC_MESSAGE, b"")
    verify_with_label(group.suite, key, "FramedContentTBS", signed, body.auth.signature)


def _read_external_sender(reader: Reader) -> bytes:
    """The signature key of one ExternalSender (RFC 9420 section 12.1.8.1)."""
    key = reader.opaque()
    read_credential(reader)
    return key
