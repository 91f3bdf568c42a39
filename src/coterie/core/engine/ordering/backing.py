"""Whether the objects back a received commit: for each Add and Remove a decision, counted or not (PROTOCOL 5)."""

from coterie.core.engine.ordering.holding import UNBACKED, NotYet
from coterie.core.engine.ports.conversations import Conversation
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.groups import identity_of
from coterie.core.engine.state.membership import ever_asked_to_rejoin, knows_leaf, was_admitted, was_taken_out
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import CircleId, ConversationId, DeviceId
from coterie.core.mls.group import Group
from coterie.core.mls.leaf_node import LeafNode
from coterie.core.mls.proposal import Add, Remove
from coterie.core.mls.staged import StagedCommit


def scopes_of(circle_id: CircleId, conversation_id: ConversationId) -> tuple[bytes, bytes]:
    """Where what backs a commit can stand."""
    return (bytes(circle_id), bytes(conversation_id))


def doubt(ctx: Context, circle_id: CircleId, conversation_id: ConversationId) -> None:
    """A commit came: whoever made it may know what it did not know when it last said what it has."""
    for link in ctx.links.of_circle(circle_id):
        link.whole.difference_update(scopes_of(circle_id, conversation_id))


def check(ctx: Context, conversation: Conversation, group: Group, staged: StagedCommit, committer: DeviceId) -> None:
    """Raises NotYet while something may still come, `not-permitted` once the author's whole set is here."""
    added = [each.proposal.key_package.leaf for each in staged.proposals if isinstance(each.proposal, Add)]
    removed = [each.proposal.removed for each in staged.proposals if isinstance(each.proposal, Remove)]
    if len(added) + len(removed) < len(staged.proposals):
        raise PeerError("not-permitted", "a commit carries a proposal that no decision backs")
    come_back = {identity_of(leaf)[1] for leaf in added}
    backed = [_may_come_in(ctx, conversation, leaf) for leaf in added]
    backed += [_may_be_taken_out(ctx, conversation, group, index, come_back) for index in removed]
    if all(backed):
        return
    link = ctx.links.to(conversation.circle_id, committer)
    if link is not None and link.whole.issuperset(scopes_of(conversation.circle_id, conversation.conversation_id)):
        raise PeerError("not-permitted", "no decision backs this commit")
    raise NotYet(UNBACKED, committer)


def _may_come_in(ctx: Context, conversation: Conversation, leaf: LeafNode) -> bool:
    person, _ = identity_of(leaf)
    return knows_leaf(ctx, conversation.circle_id, leaf) and was_admitted(ctx, conversation, person)


def _may_be_taken_out(
    ctx: Context, conversation: Conversation, group: Group, index: int, come_back: set[DeviceId]
) -> bool:
    """By a decision; or, if the same commit brings it back, because it asked for that once, answered by now or not."""
    leaf = group.member(index)
    if leaf is None:
        raise PeerError("not-permitted", "a commit removes a leaf that is not there")
    person, device = identity_of(leaf)
    if was_taken_out(ctx, conversation, person, device):
        return True
    return device in come_back and ever_asked_to_rejoin(ctx, conversation, group.group_id, device)
