"""Invitations that we make: grants, their links, withdrawal and approval."""

from coterie.core.engine.ports.commands import (
    ApproveInvitation,
    CreateInvitation,
    DenyInvitation,
    ListInvitations,
    ShowInvitation,
    WithdrawInvitation,
)
from coterie.core.engine.ports.views import InvitationView
from coterie.core.engine.state.context import Context


def create_invitation(ctx: Context, command: CreateInvitation) -> InvitationView:
    """Issues the grant. `link` is empty until the door is bound; then the event `invitation-ready` tells, and ShowInvitation has it."""
    raise NotImplementedError


def show_invitation(ctx: Context, command: ShowInvitation) -> InvitationView:
    """One invitation, with its link while it is open."""
    raise NotImplementedError


def list_invitations(ctx: Context, command: ListInvitations) -> tuple[InvitationView, ...]:
    """All that we made, without links."""
    raise NotImplementedError


def withdraw_invitation(ctx: Context, command: WithdrawInvitation) -> InvitationView:
    """Whoever still holds it is answered `invite-withdrawn`."""
    raise NotImplementedError


def approve_invitation(ctx: Context, command: ApproveInvitation) -> InvitationView:
    """Lets in the one who waits."""
    raise NotImplementedError


def deny_invitation(ctx: Context, command: DenyInvitation) -> InvitationView:
    """Refuses the one who waits."""
    raise NotImplementedError
