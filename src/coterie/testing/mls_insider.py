"""A member that breaks the rules: it holds all keys of its epoch and checks nothing.

It makes the same commits as `core.mls.commits`, but takes any list of proposals and lets a test change the leaf,
the path and the tag on the way, so that every other part is right and only the rule in question is broken.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from coterie.core.crypto.signature import SoftwareSigner, sign_content
from coterie.core.kernel.secret import Secret
from coterie.core.mls.apply_proposals import Changed
from coterie.core.mls.commit import Commit
from coterie.core.mls.commits import frame_public
from coterie.core.mls.framing import AuthData, AuthenticatedContent, FramedContent, Sender, member
from coterie.core.mls.group import Group
from coterie.core.mls.key_schedule import zero_secret
from coterie.core.mls.leaf_node import LeafNode
from coterie.core.mls.mls_message import message_header
from coterie.core.mls.next_epoch import EpochInput, NextEpoch, derive_next_epoch, provisional_context
from coterie.core.mls.own_leaf import config_of
from coterie.core.mls.proposal import (
    Add,
    GroupContextExtensions,
    PreSharedKey,
    Proposal,
    ProposalOrRef,
    Reference,
    Remove,
    Update,
    encode_proposal,
)
from coterie.core.mls.protect import seal_framed
from coterie.core.mls.psk import gather_psk_secret
from coterie.core.mls.public_message import PublicMessage
from coterie.core.mls.refs import proposal_ref
from coterie.core.mls.registry import (
    CONTENT_COMMIT,
    CONTENT_PROPOSAL,
    WIRE_PRIVATE_MESSAGE,
    WIRE_PUBLIC_MESSAGE,
)
from coterie.core.mls.treekem import NewPath, create_path, encrypt_path
from coterie.core.mls.update_path import UpdatePath
from coterie.core.mls.welcoming import make_welcome
from coterie.testing.mls_party import Party

EditLeaf = Callable[[LeafNode], LeafNode]
EditPath = Callable[[UpdatePath], UpdatePath]
EditTag = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Tampering:
    """What the insider changes on the way. The edited leaf is signed again; nothing else is mended."""

    leaf: EditLeaf | None = None
    path: EditPath | None = None
    tag: EditTag | None = None


HONEST = Tampering()


class GuessedPsks:
    """Has a key for every name, and it is always the same wrong one."""

    def external(self, psk_id: bytes) -> Secret | None:
        return Secret(b"guessed")

    def resumption(self, group_id: bytes, epoch: int) -> Secret | None:
        return Secret(b"guessed")


@dataclass(frozen=True, slots=True)
class Forged:
    """A commit of the insider and, if it adds somebody, its Welcome."""

    message: bytes
    welcome: bytes | None


class Insider:
    """Acts for one party, with its keys and in its epoch; the party's own state does not change."""

    def __init__(self, party: Party) -> None:
        self.party = party

    @property
    def group(self) -> Group:
        """The party's group."""
        return self.party.group

    def sign(self, content: FramedContent, wire: int, signer: SoftwareSigner | None = None) -> AuthData:
        """A signature over a content, by default by the party's own key."""
        to_be_signed = content.to_be_signed(wire, self.group.context_bytes)
        return AuthData((signer or self.party.signer).sign(sign_content("FramedContentTBS", to_be_signed)))

    def content(self, kind: int, body: bytes, sender: Sender | None = None) -> FramedContent:
        """A content of this epoch."""
        group = self.group
        return FramedContent(group.group_id, group.epoch, sender or member(group.own_leaf), b"", kind, body)

    def public(self, content: FramedContent, auth: AuthData) -> bytes:
        """A PublicMessage, with a membership tag exactly if the sender is a member."""
        if content.sender.is_member:
            return frame_public(self.group, content, auth)
        return message_header(WIRE_PUBLIC_MESSAGE) + PublicMessage(content, auth, None).encode()

    def private(self, content: FramedContent, auth: AuthData) -> bytes:
        """A PrivateMessage with the next key of the party's ratchet."""
        sealed = seal_framed(self.group, self.party.rows, content, auth, None, self.party.entropy)
        self.party.rows.write(sealed.delta)
        return sealed.message

    def proposal(self, proposal: Proposal, sender: Sender | None = None) -> tuple[bytes, Reference]:
        """A proposal in clear and its reference."""
        content = self.content(CONTENT_PROPOSAL, encode_proposal(proposal), sender)
        auth = self.sign(content, WIRE_PUBLIC_MESSAGE)
        whole = AuthenticatedContent(WIRE_PUBLIC_MESSAGE, content, auth).encode()
        return self.public(content, auth), Reference(proposal_ref(self.group.suite, whole))

    def commit(
        self,
        entries: Sequence[ProposalOrRef] = (),
        *,
        path: bool = True,
        known: Sequence[Proposal] = (),
        tampering: Tampering = HONEST,
        private: bool = False,
    ) -> Forged:
        """A commit of any entries; `known` are the proposals behind the references, in their order."""
        by_reference = iter(known)
        proposals = [next(by_reference) if isinstance(e, Reference) else e for e in entries]
        changed = self._apply(proposals)
        wire = WIRE_PRIVATE_MESSAGE if private else WIRE_PUBLIC_MESSAGE
        new_path = self._path(changed, tampering) if path else None
        provisional = provisional_context(self.group, changed)
        sealed = self._sealed(changed, new_path, provisional.encode(), tampering)
        content = self.content(CONTENT_COMMIT, Commit(tuple(entries), sealed).encode())
        auth = self.sign(content, wire)
        epoch = self._next_epoch(content, auth, wire, changed, new_path)
        tag = tampering.tag(epoch.tag) if tampering.tag else epoch.tag
        auth = replace(auth, confirmation_tag=tag)
        message = self.private(content, auth) if private else self.public(content, auth)
        return Forged(message, self._welcome(changed, epoch, new_path))

    def _apply(self, proposals: Sequence[Proposal]) -> Changed:
        """The proposals' effect on a copy of the tree, as far as they can have one."""
        tree = self.group.tree.copy()
        extensions, removed = self.group.context.extensions, list[int]()
        for proposal in proposals:
            match proposal:
                case GroupContextExtensions():
                    extensions = proposal.extensions
                case Update():
                    tree.update(self.group.own_leaf, proposal.leaf)
                case Remove() if tree.leaf(proposal.removed) is not None:
                    removed.append(proposal.removed)
        for leaf in removed:
            if leaf != self.group.own_leaf and tree.leaf(leaf) is not None:
                tree.remove(leaf)
        packages = [proposal.key_package for proposal in proposals if isinstance(proposal, Add)]
        added = tuple((tree.add(package.leaf), package) for package in packages)
        psks = tuple(p.psk for p in proposals if isinstance(p, PreSharedKey))
        return Changed(tree, extensions, added, tuple(removed), (), psks, None, None)

    def _path(self, changed: Changed, tampering: Tampering) -> NewPath:
        group, party = self.group, self.party
        own = changed.tree.leaf(group.own_leaf)
        if own is None:
            raise ValueError("the insider has no leaf")
        work = create_path(changed.tree, group.own_leaf, config_of(own), group.group_id, party.entropy)
        made = party.sign(work)
        if tampering.leaf is None:
            return made
        edited = tampering.leaf(made.leaf)
        if edited.signature == made.leaf.signature:
            tbs = edited.to_be_signed(group.group_id, group.own_leaf)
            edited = replace(edited, signature=party.signer.sign(sign_content("LeafNodeTBS", tbs)))
        changed.tree.put(2 * group.own_leaf, edited)
        return replace(made, leaf=edited)

    def _sealed(
        self, changed: Changed, path: NewPath | None, context: bytes, tampering: Tampering
    ) -> UpdatePath | None:
        if path is None:
            return None
        sealed = encrypt_path(changed.tree, path, changed.added_nodes, context, self.party.entropy)
        return tampering.path(sealed) if tampering.path else sealed

    def _next_epoch(
        self, content: FramedContent, auth: AuthData, wire: int, changed: Changed, path: NewPath | None
    ) -> NextEpoch:
        group = self.group
        commit_secret = path.commit_secret if path else zero_secret(group.suite)
        psk = gather_psk_secret(group.suite, changed.psks, GuessedPsks())
        secrets = EpochInput(group.secrets.init, commit_secret, psk)
        provisional = provisional_context(group, changed)
        return derive_next_epoch(group, provisional, wire, content, auth.signature, secrets)

    def _welcome(self, changed: Changed, epoch: NextEpoch, path: NewPath | None) -> bytes | None:
        if not changed.added:
            return None
        work = make_welcome(self.group, changed, epoch, path, True, self.party.entropy)
        return self.party.sign(work)
