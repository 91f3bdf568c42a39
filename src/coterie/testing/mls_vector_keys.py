"""Vectors about derivations: tree-math, crypto-basics, deserialization, key-schedule, psk_secret, secret-tree,
transcript-hashes."""

from collections.abc import Callable

from coterie.core.codec.tls import Reader, parse, varint
from coterie.core.crypto.hpke import decrypt_with_label, encrypt_with_label
from coterie.core.crypto.kdf import derive_secret, expand_with_label, verify_mac
from coterie.core.crypto.signature import SoftwareSigner, verify_with_label
from coterie.core.crypto.signing import complete, sign_with_label
from coterie.core.mls import tree_math
from coterie.core.mls.framing import read_authenticated_content
from coterie.core.mls.group_context import GroupContext
from coterie.core.mls.key_schedule import (
    export,
    external_key_pair,
    joiner_secret,
    schedule_from_joiner,
)
from coterie.core.mls.private_message import sender_data_key
from coterie.core.mls.psk import psk_secret
from coterie.core.mls.psk_id import external_psk
from coterie.core.mls.ratchets import Ratchets
from coterie.core.mls.refs import ref_hash
from coterie.core.mls.registry import CONTENT_COMMIT
from coterie.core.mls.secret_tree import derive_tree_secret
from coterie.core.mls.transcript import confirmed_hash, interim_hash
from coterie.testing.entropy import SeededEntropy
from coterie.testing.mls_rows import DictRows
from coterie.testing.mls_vector_tools import (
    Case,
    MismatchError,
    data,
    entries,
    equal,
    number,
    private_key,
    secret,
    some_entries,
    suite_of,
)


def check_tree_math(case: Case) -> None:
    """Relations of all nodes of one tree."""
    width, count = number(case, "n_leaves"), len(entries(case, "left"))
    equal("n_leaves", width, tree_math.width_for(width))  # a tree of MLS is always full
    equal("n_nodes", tree_math.node_count(width), case["n_nodes"])
    equal("left", count, case["n_nodes"])  # before anything is computed for that many
    equal("root", tree_math.root(width), case["root"])

    def each(function: Callable[[int], int]) -> list[int | None]:
        found: list[int | None] = []
        for node in range(count):
            try:
                found.append(function(node))
            except ValueError:
                found.append(None)
        return found

    equal("left", each(tree_math.left), case["left"])
    equal("right", each(tree_math.right), case["right"])
    equal("parent", each(lambda node: tree_math.parent(node, width)), case["parent"])
    equal("sibling", each(lambda node: tree_math.sibling(node, width)), case["sibling"])


def check_crypto_basics(case: Case) -> None:
    """RefHash, ExpandWithLabel, DeriveSecret, DeriveTreeSecret, SignWithLabel, EncryptWithLabel."""
    suite = suite_of(case)
    ref = case["ref_hash"]
    equal("ref_hash", ref_hash(suite, ref["label"], data(ref, "value")), data(ref, "out"))
    expand = case["expand_with_label"]
    ours = expand_with_label(
        suite, secret(expand, suite, "secret"), expand["label"], data(expand, "context"), number(expand, "length")
    )
    equal("expand_with_label", ours, data(expand, "out"))
    derive = case["derive_secret"]
    ours = derive_secret(suite, secret(derive, suite, "secret"), derive["label"])
    equal("derive_secret", ours, data(derive, "out"))
    tree = case["derive_tree_secret"]
    ours = derive_tree_secret(
        suite, secret(tree, suite, "secret"), tree["label"], number(tree, "generation"), number(tree, "length")
    )
    equal("derive_tree_secret", ours, data(tree, "out"))
    sign = case["sign_with_label"]
    public, content = data(sign, "pub"), data(sign, "content")
    verify_with_label(suite, public, sign["label"], content, data(sign, "signature"))
    signer = SoftwareSigner.from_private(suite, private_key(sign, suite, "priv"))
    equal("sign_with_label.pub", signer.public_key, public)
    signature = complete(sign_with_label(sign["label"], content), signer)
    verify_with_label(suite, public, sign["label"], content, signature)
    sealed = case["encrypt_with_label"]
    private, context = private_key(sealed, suite, "priv"), data(sealed, "context")
    plaintext, label = data(sealed, "plaintext"), sealed["label"]
    opened = decrypt_with_label(suite, private, label, context, data(sealed, "kem_output"), data(sealed, "ciphertext"))
    equal("encrypt_with_label", opened, plaintext)
    again = encrypt_with_label(suite, data(sealed, "pub"), label, context, plaintext, SeededEntropy(1))
    equal("encrypt_with_label", decrypt_with_label(suite, private, label, context, *again), plaintext)


def check_deserialization(case: Case) -> None:
    """The header of a variable-length vector, read and written."""
    equal("length", parse(Reader.varint, data(case, "vlbytes_header")), case["length"])
    equal("vlbytes_header", varint(number(case, "length")), data(case, "vlbytes_header"))


_SCHEDULE_FIELDS = {
    "init_secret": "init",
    "sender_data_secret": "sender_data",
    "exporter_secret": "exporter",
    "external_secret": "external",
    "confirmation_key": "confirmation",
    "membership_key": "membership",
    "resumption_psk": "resumption",
    "epoch_authenticator": "authenticator",
}


def check_key_schedule(case: Case) -> None:
    """A chain of epochs."""
    suite = suite_of(case)
    init = secret(case, suite, "initial_init_secret")
    for index, epoch in enumerate(some_entries(case, "epochs")):
        context = GroupContext(
            suite.id,
            data(case, "group_id"),
            index,
            data(epoch, "tree_hash"),
            data(epoch, "confirmed_transcript_hash"),
        ).encode()
        equal("group_context", context, data(epoch, "group_context"))
        joiner = joiner_secret(suite, init, secret(epoch, suite, "commit_secret"), context)
        equal("joiner_secret", joiner, data(epoch, "joiner_secret"))
        made = schedule_from_joiner(suite, joiner, secret(epoch, suite, "psk_secret"), context)
        equal("welcome_secret", made.welcome, data(epoch, "welcome_secret"))
        equal("encryption_secret", made.encryption, data(epoch, "encryption_secret"))
        for theirs, ours in _SCHEDULE_FIELDS.items():
            equal(theirs, getattr(made.secrets, ours), data(epoch, theirs))
        external = external_key_pair(suite, made.secrets.external).public
        equal("external_pub", external, data(epoch, "external_pub"))
        wanted = epoch["exporter"]
        exported = export(
            suite, made.secrets.exporter, wanted["label"], data(wanted, "context"), number(wanted, "length")
        )
        equal("exporter", exported, data(wanted, "secret"))
        init = made.secrets.init


def check_psk_secret(case: Case) -> None:
    """Several external keys as one secret."""
    suite = suite_of(case)
    psks = [
        (external_psk(data(entry, "psk_id"), data(entry, "psk_nonce")), data(entry, "psk"))
        for entry in entries(case, "psks")
    ]
    equal("psk_secret", psk_secret(suite, psks), data(case, "psk_secret"))


def check_secret_tree(case: Case) -> None:
    """Keys of chosen generations of all leaves, taken from rows as messages would take them."""
    suite = suite_of(case)
    sender = case["sender_data"]
    key, nonce = sender_data_key(suite, secret(sender, suite, "sender_data_secret"), data(sender, "ciphertext"))
    equal("sender_data.key", key, data(sender, "key"))
    equal("sender_data.nonce", nonce, data(sender, "nonce"))
    leaves = some_entries(case, "leaves")
    width = tree_math.width_for(len(leaves))
    ratchets, rows = Ratchets(suite, 0, width), DictRows()
    rows.write(ratchets.begin(secret(case, suite, "encryption_secret"), 0))
    for leaf, generations in enumerate(leaves):
        if not isinstance(generations, list) or not generations:
            raise MismatchError(f"no generation of leaf {leaf}")
        for wanted in generations:
            for name, handshake in (("application", False), ("handshake", True)):
                taken, delta = ratchets.take(rows, leaf, handshake, number(wanted, "generation"))
                rows.write(delta)
                equal(f"{name}_key", taken.key, data(wanted, f"{name}_key"))
                equal(f"{name}_nonce", taken.nonce, data(wanted, f"{name}_nonce"))


def check_transcript_hashes(case: Case) -> None:
    """Confirmed and interim hash over one commit, and its confirmation tag."""
    suite = suite_of(case)
    content = parse(read_authenticated_content, data(case, "authenticated_content"))
    equal("authenticated_content", content.content.content_type, CONTENT_COMMIT)
    equal("authenticated_content", content.encode(), data(case, "authenticated_content"))
    confirmed = confirmed_hash(
        suite,
        data(case, "interim_transcript_hash_before"),
        content.wire_format,
        content.content,
        content.auth.signature,
    )
    equal("confirmed_transcript_hash_after", confirmed, data(case, "confirmed_transcript_hash_after"))
    tag = content.auth.confirmation_tag or b""
    verify_mac(suite, secret(case, suite, "confirmation_key"), confirmed, tag)
    interim = interim_hash(suite, confirmed, tag)
    equal("interim_transcript_hash_after", interim, data(case, "interim_transcript_hash_after"))
