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


def is_owner(rank: Rank) -> bool:
    """Whether this is the rank of an owner; asked for every decision that is read."""
    return rank[0] == -Role.OWNER


def role_of(rank: Rank) -> Role:
    """The role of a rank."""
    return Role(-rank[0])


FOUNDER = rank_of(Role.OWNER)
HEIR_PATH: Path = ((INFINITE, 0, b""),)
"""Path of who is owner because no owner was left (rule 12)."""
