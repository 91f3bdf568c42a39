"""The proposals of one commit as a list, and the rules for such a list (RFC 9420 section 12.2)."""

from dataclasses import dataclass

from coterie.core.crypto.suites import Suite
from coterie.core.mls.framing import Sender
from coterie.core.mls.pending import find_proposal
from coterie.core.mls.proposal import (
    Add,
    ExternalInit,
    GroupContextExtensions,
    PreSharedKey,
    Proposal,
    ProposalOrRef,
    Reference,
    ReInit,
    Remove,
    Update,
)
from coterie.core.mls.psk import verify_proposed_psks
from coterie.core.mls.registry import MLS10
from coterie.core.mls.rules import refuse
from coterie.core.mls.state import Rows


@dataclass(frozen=True, slots=True)
class Listed:
    """A proposal in a commit: who proposed it and, if it was sent before, its reference."""

    proposal: Proposal
    sender: Sender
    ref: bytes | None = None


Listing = tuple[Listed, ...]


def resolve(rows: Rows, epoch: int, entries: tuple[ProposalOrRef, ...], committer: Sender) -> Listing:
    """Finds what is named by reference; what stands by value is the committer's own."""

    def one(entry: ProposalOrRef) -> Listed:
        if isinstance(entry, Reference):
            sender, proposal = find_proposal(rows, epoch, entry.ref)
            return Listed(proposal, sender, entry.ref)
        return Listed(entry, committer)

    return tuple(one(entry) for entry in entries)


def needs_path(listing: Listing) -> bool:
    """Whether a commit of these must have a path (section 12.4): always, but for Add, PSK and ReInit alone."""
    return not listing or any(not isinstance(x.proposal, Add | PreSharedKey | ReInit) for x in listing)


def verify_member_list(suite: Suite, listing: Listing, committer: int) -> None:
    """The rules for a commit by a member that need no tree."""
    _verify_common(suite, listing)
    proposals = [x.proposal for x in listing]
    if any(isinstance(p, ExternalInit) for p in proposals):
        raise refuse("external-init-by-member")
    reinits = [p for p in proposals if isinstance(p, ReInit)]
    if any(reinit.version < MLS10 for reinit in reinits):
        raise refuse("reinit-version")
    if reinits and len(proposals) > 1:
        raise refuse("reinit-not-alone")
    changed: set[int] = set()
    for entry in listing:
        leaf = _changed_leaf(entry)
        if leaf is None:
            continue
        if leaf == committer:
            by_update = isinstance(entry.proposal, Update)
            raise refuse("update-by-committer") if by_update else refuse("remove-committer")
        if leaf in changed:
            raise refuse("leaf-changed-twice")
        changed.add(leaf)


def verify_external_list(suite: Suite, listing: Listing) -> None:
    """The rules for an external commit that need no tree."""
    _verify_common(suite, listing)
    if any(entry.ref is not None for entry in listing):
        raise refuse("external-by-reference")
    proposals = [x.proposal for x in listing]
    if sum(isinstance(p, ExternalInit) for p in proposals) != 1:
        raise refuse("external-init-count")
    if not all(isinstance(p, ExternalInit | Remove | PreSharedKey) for p in proposals):
        raise refuse("external-proposal-kind")
    if sum(isinstance(p, Remove) for p in proposals) > 1:
        raise refuse("external-remove-other")


def _verify_common(suite: Suite, listing: Listing) -> None:
    psks = [x.proposal.psk for x in listing if isinstance(x.proposal, PreSharedKey)]
    verify_proposed_psks(suite, psks)
    if sum(isinstance(x.proposal, GroupContextExtensions) for x in listing) > 1:
        raise refuse("extensions-twice")


def _changed_leaf(entry: Listed) -> int | None:
    """The leaf that an Update or a Remove changes."""
    if isinstance(entry.proposal, Remove):
        return entry.proposal.removed
    if isinstance(entry.proposal, Update):
        if not entry.sender.is_member:
            raise refuse("update-sender")
        return entry.sender.index
    return None
