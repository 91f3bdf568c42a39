"""One MLS group as its user sees it. This page is the API of the folder; the names live in the modules given.

State (state.py)
    Rows        Protocol {get(key) -> bytes | None, keys(prefix) -> list[str]}: the rows of ONE group.
    Delta       changes: tuple[(key, value or None), ...]; d1 + d2 merges. Every call returns one; write it in
                the transaction that stores the call's result. `coterie.testing.mls_rows.DictRows` for tests.

Making keys and groups
    own_leaf.py       LeafConfig(credential, signature_key, capabilities, extensions=())
                      basic_leaf(suite, identity: bytes, signature_key: bytes, extensions=()) -> LeafConfig
    key_packages.py   new_key_package(suite, leaf: LeafConfig, *, not_before: int, not_after: int, entropy,
                          last_resort=False) -> Signing[NewKeyPackage{message: bytes, ref: bytes,
                          secrets: KeyPackageSecrets{init: Secret, leaf: Secret}}]     (times: seconds since 1970)
                      parse_key_package(message: bytes) -> KeyPackage
                      verify_key_package(key_package, suite, now: Instant) -> None      (codes key-package-…)
                      KeyPackageSecrets.encode() -> bytes / .decode(bytes)
    create.py         create_group(suite, group_id, leaf: LeafConfig, *, extensions=(), entropy)
                          -> Signing[Created{group, delta}]
    join.py           join(welcome: bytes, key_package: bytes, secrets, *, psks=NO_PSKS, ratchet_tree=None,
                          rows=NO_ROWS) -> Joined{group, delta, signer: leaf index}
                      rows: what is stored of this group from an earlier membership; the delta deletes it
                      welcome_refs(welcome: bytes) -> tuple[bytes, ...]   (compare with NewKeyPackage.ref)

Messages
    group.py          Group.load(rows) -> Group; .group_id .epoch .suite .context (GroupContext) .context_bytes
                      .own_leaf .members() -> tuple[(leaf index, LeafNode), ...] .member(leaf) -> LeafNode | None
                      .export(label, context, length) -> bytes .epoch_authenticator .resumption_psk
    protect.py        protect(group, rows, plaintext, *, authenticated_data=b"", padded_size=None, entropy)
                          -> Signing[Protected{message, delta, generation}]
                      padded_size: Callable[[int], int], from the unpadded to the wanted size of the MLSMessage.
    open_message.py   open_message(group, rows, message, *, psks=NO_PSKS) -> Application | Proposed | StagedCommit
                      Application{sender: leaf index, authenticated_data, plaintext, generation, delta}
                      Proposed{sender: Sender, proposal, ref, authenticated_data, delta}
    peek.py           peek(message) -> Peek{wire_format, group_id, epoch, content_type, authenticated_data}

Commits
    commits.py        CommitPlan(adds=(), removes=(), psks=(), extensions=None, references=(), force_path=False,
                          leaf: LeafConfig | None = None)    adds: KeyPackage messages; removes: leaf indices
                      stage_commit(group, rows, plan, *, now: Instant, entropy, authenticated_data=b"",
                          padded_size=None, public=False, tree_in_welcome=True, psks=NO_PSKS) -> Signing[StagedCommit]
    staged.py         StagedCommit{message, welcome: bytes | None, committer: leaf index, external: bool,
                          proposals: tuple[Listed{proposal, sender: Sender, ref}, ...] (classes of proposal.py),
                          added: tuple[leaf index, ...], removed: tuple[leaf index, ...], authenticated_data,
                          previous: GroupContext, epoch (the new one), reinit: ReInit | None,
                          renewed: leaves whose identity the caller must judge anew,
                          group: Group | None (None: the commit removed us), ratchet_delta, delta}
                      ratchet_delta: write it in the transaction that stores a staged commit of ours, before its
                      message leaves (it moves our handshake ratchet; a second staged rival is safe then).
                      delta: moves to the new epoch; write it at once or later, while the epoch is `previous`.
                      It never writes ratchets of the old epoch, so messages may come and go in between.
                      .encode() -> bytes, StagedCommit.decode(data, rows) (rows before the delta is written)
    propose.py        propose(group, rows, proposal, *, entropy, authenticated_data, padded_size, public, now)
                          -> Signing[SentProposal{message, ref, delta}]; propose_update(group, rows, *, entropy, leaf)
    psk.py            Psks Protocol {external(psk_id) -> Secret | None, resumption(group_id, epoch) -> Secret | None}

Past epochs (a delta that moves to a new epoch keeps of the old one only unused message keys)
    past.py           open_past(rows, message) -> PastApplication{sender, credential, context, authenticated_data,
                          plaintext, generation, delta}
                      past_epochs(rows) -> tuple[int, ...]; forget_sender(rows, epoch, leaf) -> Delta;
                      forget_epoch(rows, epoch) -> Delta; leave(rows) -> Delta (deletes the whole group)

Left to a later issue, each refused by name until then: making external commits (receive_commit.py follows them;
beside commits.py), external senders (open_message.verify_public: external-sender-not-allowed), following a ReInit and
branches (join.open_welcome: welcome-psk-usage; a ReInit that was committed ends the group), x509 credentials
(leaf_rules.verify_leaf: unsupported-credential), further suites (rows of crypto/suites.py).

Everything received raises only PeerError. Codes that a caller may want to tell apart: malformed, too-large,
wrong-group, past-epoch, future-epoch, not-a-member, bad-signature, bad-ciphertext, message-key-used,
too-far-ahead, path-mismatch, unknown-proposal, missing-psk, key-package-expired, key-package-wrong-suite,
restored-state-must-rejoin (our own ratchet opens a message that we do not remember sending),
external-sender-not-allowed, and the codes of `rules.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from coterie.core.codec.tls import Reader, Writer
from coterie.core.crypto.suites import Suite, suite
from coterie.core.kernel.errors import UserError
from coterie.core.kernel.secret import Secret
from coterie.core.mls.group_context import GroupContext, parse_group_context
from coterie.core.mls.key_schedule import SECRET_NAMES, EpochSecrets, export
from coterie.core.mls.leaf_node import LeafNode
from coterie.core.mls.ratchet_tree import RatchetTree
from coterie.core.mls.ratchets import Ratchets
from coterie.core.mls.state import Rows
from coterie.core.mls.tree_math import node_count

GROUP_ROW = "group"
NODE_PREFIX = "n/"
PRIVATE_PREFIX = "k/"
ROW_VERSION = 1
PQ_DRAFT = 6
"""Version of draft-ietf-mls-pq-ciphersuites whose suite numbers and derivations the stored group uses."""


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """One epoch of one group, as its rows say. Immutable: every change is a new Group and a Delta.

    The ratchets are not in it: they are read from the rows at each message. So a Group may be cached for as long
    as its epoch lasts.
    """

    suite: Suite
    context: GroupContext
    context_bytes: bytes = field(repr=False)
    own_leaf: int
    tree: RatchetTree = field(repr=False)
    secrets: EpochSecrets = field(repr=False)
    interim_transcript_hash: bytes = field(repr=False)
    confirmation_tag: bytes = field(repr=False)
    private_keys: Mapping[int, Secret] = field(repr=False)
    """Our HPKE private keys by node index: our own leaf and what stands above it."""
    ended: bool = False
    """A ReInit was committed: the group takes no further messages (RFC 9420 11.2)."""

    @property
    def group_id(self) -> bytes:
        """The group's name, the same in every epoch."""
        return self.context.group_id

    @property
    def epoch(self) -> int:
        """Counts commits; 0 for a new group."""
        return self.context.epoch

    @property
    def ratchets(self) -> Ratchets:
        """Where the message keys of this epoch are found in the rows."""
        return Ratchets(self.suite, self.context.epoch, self.tree.width)

    def members(self) -> tuple[tuple[int, LeafNode], ...]:
        """(leaf index, leaf) of every member, rising."""
        return tuple((i, leaf) for i in self.tree.members() if (leaf := self.tree.leaf(i)) is not None)

    def member(self, leaf: int) -> LeafNode | None:
        """The member at a leaf index, or None."""
        return self.tree.leaf(leaf)

    def export(self, label: str, context: bytes, length: int) -> bytes:
        """A secret of this epoch for another use (RFC 9420 8.5): `length` bytes, the same for all members."""
        return export(self.suite, self.secrets.exporter, label, context, length)

    @property
    def epoch_authenticator(self) -> bytes:
        """A value that two members may compare to see that they are in one epoch (RFC 9420 8.7)."""
        return self.secrets.authenticator

    @property
    def resumption_psk(self) -> Secret:
        """The key of this epoch for later PSKs (RFC 9420 8.6). Keeping it is the caller's choice."""
        return Secret(self.secrets.resumption)

    def encode_row(self) -> bytes:
        """The row `group`: all of the epoch but the tree, our private keys and the ratchets."""
        out = Writer().u8(ROW_VERSION).u8(PQ_DRAFT).u32(self.own_leaf).u32(self.tree.width)
        out.opaque(self.context_bytes).opaque(self.interim_transcript_hash)
        out.opaque(self.confirmation_tag).boolean(self.ended)
        for name in SECRET_NAMES:
            out.opaque(getattr(self.secrets, name))
        return out.bytes()

    @staticmethod
    def load(rows: Rows) -> "Group":
        """The group that these rows hold; UserError `no-group` if there is none."""
        row = rows.get(GROUP_ROW)
        if row is None:
            raise UserError("no-group", "there is no such group here", "join it again")
        reader = Reader(row)
        if reader.u8() != ROW_VERSION or reader.u8() != PQ_DRAFT:
            raise UserError("needs-newer-version", "the stored group is of another version", "update the program")
        own_leaf, width = reader.u32(), reader.u32()
        context_bytes, interim, tag, ended = reader.opaque(), reader.opaque(), reader.opaque(), reader.boolean()
        secrets = EpochSecrets(*(reader.opaque() for _ in SECRET_NAMES))
        reader.finish()
        context = parse_group_context(context_bytes)
        nodes: list[bytes | None] = [None] * node_count(width)
        for key in rows.keys(NODE_PREFIX):
            nodes[int(key[len(NODE_PREFIX) :], 16)] = rows.get(key)
        keys = {int(key[len(PRIVATE_PREFIX) :], 16): Secret(rows.get(key) or b"") for key in rows.keys(PRIVATE_PREFIX)}
        tree = RatchetTree(suite(context.suite_id), nodes)
        return Group(tree.suite, context, context_bytes, own_leaf, tree, secrets, interim, tag, keys, ended)
