"""Rank: who may act on whom (objects-and-state, rule 1). A rank is compared with `<`: the smaller is the senior.

Owners stand in one line, the founder first, then by promotion path: the shorter first, then element by element.
Between two people of one lower role neither is below the other: their ranks are equal.
"""

from typing import TypeAlias

from coterie.core.trust.roles import Role

Path: TypeAlias = tuple[tuple[int, int, bytes], ...]
"""How an owner became one: (serial, tree depth of the promoting device, its id) for each promotion since the founder."""

Rank: TypeAlias = tuple[int, int, Path]

INFINITE = 1 << 64
"""Beyond every serial."""

VOUCHED_DEPTH = 1 << 31
"""Admission depth of a person whom only an owner's word makes known: beyond all others."""


def rank_of(role: Role, path: Path = ()) -> Rank:
    """The rank of a role; the path counts for owners only."""
    return (-role, len(path), path) if role is Role.OWNER else (-role, 0, ())


def last_of_owners(path: Path) -> Rank:
    """The rank of who is said to be an owner already while nobody has been read who made them one: behind all others."""
    return -Role.OWNER, INFINITE, path


def is_last_of_owners(rank: Rank) -> bool:
    """Whether this is the rank of an owner whose place in the line is not known yet."""
    return rank[1] == INFINITE


def rank_by(promoter: Rank, step: tuple[int, int, bytes]) -> Rank:
    """The rank of an owner whom `promoter` made one at this step: always below the promoter."""
    path = (*promoter[2], step)
    return last_of_owners(path) if is_last_of_owners(promoter) else rank_of(Role.OWNER, path)


def is_owner(rank: Rank) -> bool:
    """Whether this is the rank of an owner; asked for every decision that is read."""
    return rank[0] == -Role.OWNER


def role_of(rank: Rank) -> Role:
    """The role of a rank."""
    return Role(-rank[0])


FOUNDER = rank_of(Role.OWNER)
HEIR_PATH: Path = ((INFINITE, 0, b""),)
"""Path of who is owner because no owner was left (rule 12)."""
