"""Vectors of whole clients: passive-client-welcome, -handling-commit, -random.

A passive client joins by a Welcome and follows the group; it never sends.
"""

from coterie.core.crypto.hpke import decrypt_with_label, encrypt_with_label
from coterie.core.crypto.signature import SoftwareSigner
from coterie.core.crypto.suites import Suite
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.secret import Secret
from coterie.core.mls.group import Group
from coterie.core.mls.join import join
from coterie.core.mls.key_packages import KeyPackageSecrets, parse_key_package
from coterie.core.mls.open_message import Proposed, open_message
from coterie.core.mls.staged import StagedCommit
from coterie.testing.entropy import SeededEntropy
from coterie.testing.mls_rows import DictRows
from coterie.testing.mls_vector_tools import Case, MismatchError, SkippedError, data, equal, suite_of

_LATER = {
    "unsupported-credential": "x509 credentials",
    "external-sender-not-allowed": "external senders",
}
"""Codes of features that a later issue brings."""


class _Psks:
    """The case's external keys, and resumption keys of the epochs that were passed."""

    def __init__(self, case: Case) -> None:
        self._external = {data(e, "psk_id"): Secret(data(e, "psk")) for e in case["external_psks"]}
        self._resumption: dict[tuple[bytes, int], Secret] = {}

    def remember(self, group: Group) -> None:
        self._resumption[group.group_id, group.epoch] = group.resumption_psk

    def external(self, psk_id: bytes) -> Secret | None:
        return self._external.get(psk_id)

    def resumption(self, group_id: bytes, epoch: int) -> Secret | None:
        return self._resumption.get((group_id, epoch))


def check_passive_client(case: Case) -> None:
    """Joins, then follows every epoch, comparing the epoch authenticator."""
    suite = suite_of(case)
    try:
        _follow(case, suite)
    except PeerError as error:
        if error.code in _LATER:
            raise SkippedError(_LATER[error.code]) from error
        raise


def _follow(case: Case, suite: Suite) -> None:
    secrets = _check_private_keys(case, suite)
    psks, rows = _Psks(case), DictRows()
    tree = None if case.get("ratchet_tree") is None else data(case, "ratchet_tree")
    joined = join(data(case, "welcome"), data(case, "key_package"), secrets, psks=psks, ratchet_tree=tree)
    rows.write(joined.delta)
    group = joined.group
    psks.remember(group)
    equal("initial_epoch_authenticator", group.epoch_authenticator, data(case, "initial_epoch_authenticator"))
    for number, epoch in enumerate(case["epochs"]):
        for message in epoch["proposals"]:
            proposed = open_message(group, rows, bytes.fromhex(message), psks=psks)
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
    signer = SoftwareSigner.from_private(suite, Secret(data(case, "signature_priv")))
    equal("signature_priv", signer.public_key, package.leaf.signature_key)
    secrets = KeyPackageSecrets(Secret(data(case, "init_priv")), Secret(data(case, "encryption_priv")))
    for name, public, private in (
        ("init_priv", package.init_key, secrets.init),
        ("encryption_priv", package.leaf.encryption_key, secrets.leaf),
    ):
        sealed = encrypt_with_label(suite, public, "check", b"", b"probe", SeededEntropy(1))
        equal(name, decrypt_with_label(suite, private, "check", b"", *sealed), b"probe")
    return secrets
