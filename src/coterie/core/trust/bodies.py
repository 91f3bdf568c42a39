"""From a type's number to its body, and back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias, TypeVar

from coterie.core.codec.tls import Reader, Writer
from coterie.core.kernel.errors import PeerError
from coterie.core.trust import circle_bodies as circle
from coterie.core.trust import conversation_bodies as conversation
from coterie.core.trust import facts
from coterie.core.trust.cut import Cut
from coterie.core.trust.object_types import ObjectType, is_critical


@dataclass(frozen=True, slots=True)
class Unknown:
    """A body of a later version: kept and handed on byte for byte, never judged."""

    number: int
    data: bytes

    @property
    def critical(self) -> bool:
        """Whether its holder must stop deciding in this scope."""
        return is_critical(self.number)

    def write(self, out: Writer) -> None:
        out.fixed(self.data)


CircleBody: TypeAlias = (
    circle.First
    | circle.FurtherCertificate
    | circle.Recovery
    | circle.Revocation
    | circle.Grant
    | circle.Withdrawal
    | circle.Admission
    | circle.Removal
    | circle.RoleChange
    | circle.Policy
)
ConversationBody: TypeAlias = (
    conversation.Start
    | conversation.Member
    | conversation.ConversationRole
    | conversation.Settings
    | conversation.Leave
    | conversation.ConversationCut
)
DecisionBody: TypeAlias = CircleBody | ConversationBody | Unknown
FactBody: TypeAlias = facts.Card | facts.Address | facts.Profile | facts.Position | facts.Rejoin | Unknown

_DECISIONS: Mapping[int, Callable[[Reader], DecisionBody]] = MappingProxyType(
    {
        ObjectType.FIRST: circle.read_first,
        ObjectType.CERTIFICATE: circle.read_further_certificate,
        ObjectType.RECOVERY: circle.read_recovery,
        ObjectType.REVOCATION: circle.read_revocation,
        ObjectType.GRANT: circle.read_grant,
        ObjectType.WITHDRAWAL: circle.read_withdrawal,
        ObjectType.ADMISSION: circle.read_admission,
        ObjectType.REMOVAL: circle.read_removal,
        ObjectType.ROLE: circle.read_role_change,
        ObjectType.POLICY: circle.read_policy,
        ObjectType.START: conversation.read_start,
        ObjectType.MEMBER: conversation.read_member,
        ObjectType.CONVERSATION_ROLE: conversation.read_conversation_role_change,
        ObjectType.SETTINGS: conversation.read_settings,
        ObjectType.LEAVE: conversation.read_leave,
        ObjectType.CUT: conversation.read_conversation_cut,
    }
)
_FACTS: Mapping[int, Callable[[Reader], FactBody]] = MappingProxyType(
    {
        ObjectType.CARD: facts.read_card,
        ObjectType.ADDRESS: facts.read_address,
        ObjectType.PROFILE: facts.read_profile,
        ObjectType.POSITION: facts.read_position,
        ObjectType.REJOIN: facts.read_rejoin,
    }
)


def parse_decision_body(number: int, data: bytes) -> DecisionBody:
    """The typed body. An unknown type, or a critical part of a later version inside it, gives `Unknown`."""
    read = _DECISIONS.get(number)
    return Unknown(number, data) if read is None else _parse(read, number, data)


def parse_fact_body(number: int, data: bytes) -> FactBody:
    """As `parse_decision_body`, for facts."""
    read = _FACTS.get(number)
    return Unknown(number, data) if read is None else _parse(read, number, data)


_Body = TypeVar("_Body")


def _parse(read: Callable[[Reader], _Body], number: int, data: bytes) -> _Body | Unknown:
    reader = Reader(data)
    try:
        body = read(reader)
    except PeerError as refusal:
        if refusal.code == "needs-newer-version":
            return Unknown(number, data)
        raise
    reader.finish()
    return body


def cut_in(body: DecisionBody) -> Cut:
    """The cut that a decision carries; empty for the types without one."""
    match body:
        case (
            circle.Revocation(cut=cut)
            | circle.Withdrawal(cut=cut)
            | circle.Removal(cut=cut)
            | circle.RoleChange(cut=cut)
            | circle.Policy(cut=cut)
        ):
            return cut
        case (
            conversation.Member(cut=cut)
            | conversation.ConversationRole(cut=cut)
            | conversation.Leave(cut=cut)
            | conversation.ConversationCut(cut=cut)
        ):
            return cut
        case _:
            return ()


def encode_body(body: DecisionBody | FactBody) -> bytes:
    """The bytes of a body."""
    out = Writer()
    body.write(out)
    return out.bytes()


def body_number(body: DecisionBody | FactBody) -> int:
    """The type number that belongs to this body."""
    return body.number if isinstance(body, Unknown) else body.TYPE
