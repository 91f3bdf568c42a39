"""Which function answers which command of the circle side."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from coterie.core.engine.circle import circles, invitations, joining, people, verifying
from coterie.core.engine.ports import commands
from coterie.core.engine.state.context import Context

HANDLERS: Mapping[type, Callable[[Context, Any], object]] = MappingProxyType(
    {
        commands.CreateCircle: circles.create_circle,
        commands.ListCircles: circles.list_circles,
        commands.ShowCircle: circles.show_circle,
        commands.LeaveCircle: circles.leave_circle,
        commands.RemovePerson: people.remove_person,
        commands.SetRole: people.set_role,
        commands.ListPersons: people.list_persons,
        commands.VerifyPerson: verifying.verify_person,
        commands.CreateInvitation: invitations.create_invitation,
        commands.ShowInvitation: invitations.show_invitation,
        commands.ListInvitations: invitations.list_invitations,
        commands.WithdrawInvitation: invitations.withdraw_invitation,
        commands.ApproveInvitation: invitations.approve_invitation,
        commands.DenyInvitation: invitations.deny_invitation,
        commands.StartJoin: joining.start_join,
        commands.StopJoin: joining.stop_join,
    }
)
