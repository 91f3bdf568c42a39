"""Whether the objects back a received commit: for each Add and Remove a decision, counted or not (PROTOCOL 5)."""

from coterie.core.engine.ordering.holding import UNBACKED, NotYet
from coterie.core.engine.ports.conversations import Conversation
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.groups import identity_of
from coterie.core.engine.state.membership import knows_leaf, was_admitted, was_taken_out
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import DeviceId
from coterie.core.mls.group import Group
from coterie.core.mls.proposal import Add, Remove
from coterie.core.mls.staged import StagedCommit


def check(ctx: Context, conversation: Conversation, group: Group, staged: StagedCommit, committer: DeviceId) -> None:
    """Raises NotYet while decisions may still come, `not-permitted` once the author's whole set is here."""
    backed = True
    for applied in staged.proposals:
        proposal = applied.proposal
        if isinstance(proposal, Add):
            leaf = proposal.key_package.leaf
            person, _ = identity_of(leaf)
            backed = backed and knows_leaf(ctx, conversation.circle_id, leaf)
            backed = backed and was_admitted(ctx, conversation, person)
        elif isinstance(proposal, Remove):
            leaf_node = group.member(proposal.removed)
            if leaf_node is None:
                raise PeerError("not-permitted", "a commit removes a leaf that is not there")
            person, device = identity_of(leaf_node)
            backed = backed and was_taken_out(ctx, conversation, person, device)
        else:
            raise PeerError("not-permitted", "a commit carries a proposal that no decision backs")
    if backed:
        return
    if _everything_is_here(ctx, conversation, committer):
        raise PeerError("not-permitted", "no decision backs this commit")
    raise NotYet(UNBACKED)


def _everything_is_here(ctx: Context, conversation: Conversation, committer: DeviceId) -> bool:
    link = ctx.links.to(conversation.circle_id, committer)
    if link is None:
        return False
    scopes = {bytes(conversation.circle_id)}
    if conversation.kind == "group":
        scopes.add(bytes(conversation.conversation_id))
    return scopes <= link.same_objects
