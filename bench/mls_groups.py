"""Commits and joins in groups of several sizes, without a vault: times against their public-key operations, and bytes.

The commit adds one member and renews the committer's path, in a tree whose inner nodes are all blank: the most
expensive ordinary commit, one HPKE ciphertext for every member. The join opens its Welcome and checks the whole tree.
"""

from collections.abc import Iterator

from bench.primitives import GroupFloor, group_floor
from bench.rows import Row, measured
from bench.scale import Scale
from bench.stopwatch import microseconds
from coterie.core.crypto.suites import DEFAULT_SUITE_ID
from coterie.core.mls.commits import CommitPlan
from coterie.core.mls.join import join
from coterie.testing.mls_party import Party, grow

SUITES = {"suite-1": 1, "default": DEFAULT_SUITE_ID}


def rows(scale: Scale) -> Iterator[Row]:
    """`mls.commit.…` and `mls.join.…` by members and suite."""
    for name, suite_id in SUITES.items():
        for members in scale.members:
            yield from _of_size(name, suite_id, members, scale)


def _of_size(name: str, suite_id: int, members: int, scale: Scale) -> Iterator[Row]:
    founder, joiner = Party("founder", suite_id), Party("joiner", suite_id)
    grow(founder, *(Party(f"member {number}", suite_id) for number in range(members - 2)))
    package = joiner.key_package()
    plan = CommitPlan(adds=(package.message,), force_path=True)
    staged = founder.stage(plan)
    welcome = staged.welcome or b""
    calls = max(1, min(200, scale.calls // members))
    committing = microseconds(lambda: founder.stage(plan), calls) / 1000
    joining = microseconds(lambda: join(welcome, package.message, package.secrets), calls) / 1000
    least = group_floor(founder.suite)
    yield measured(f"mls.commit.{members}.{name}", committing, "ms", _commit_floor(least, members, calls))
    yield measured(f"mls.commit.{members}.{name}.size", len(staged.message), "B")
    yield measured(f"mls.join.{members}.{name}", joining, "ms", _join_floor(least, members, calls))
    yield measured(f"mls.join.{members}.{name}.size", len(welcome), "B")


def _commit_floor(least: GroupFloor, members: int, calls: int) -> float:
    """One ciphertext for each old member but the committer and one for the new one; leaf, commit and group info are
    signed; the KeyPackage and its leaf are verified."""
    seals, signatures, verifications = members - 1, 3, 2
    return _milliseconds(least, calls, seals, 0, signatures, verifications)


def _join_floor(least: GroupFloor, members: int, calls: int) -> float:
    """Welcome and path secret are one ciphertext; every leaf and the group info are verified."""
    return _milliseconds(least, calls, 0, 1, 0, members + 1)


def _milliseconds(least: GroupFloor, calls: int, seals: int, opens: int, signatures: int, verifications: int) -> float:
    counted = (
        (seals, least.seal),
        (opens, least.open),
        (signatures, least.sign),
        (verifications, least.verify),
    )
    return sum(count * microseconds(work, max(20, calls)) for count, work in counted if count) / 1000
