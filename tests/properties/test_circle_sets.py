"""Properties of the state of a circle, over random sets of decisions with dishonest people among them.

Each test has a short run and a long one. A failing seed is in the message and replays alone.
"""

import itertools
import random

import pytest

from coterie.core.kernel.ids import ZERO_ID
from coterie.core.trust import circle_bodies as body
from coterie.core.trust.bodies import DecisionBody
from coterie.core.trust.circle_acts import cut_for_person, removal
from coterie.core.trust.circle_reading import CircleReading
from coterie.core.trust.circle_state import CircleState
from coterie.core.trust.object_types import LAST_SERIAL
from coterie.core.trust.objects import Decision
from coterie.core.trust.rank import FOUNDER
from coterie.core.trust.reading import COUNTS, WAITS
from coterie.core.trust.roles import Role
from coterie.testing.circle_book import CircleBook, Pen
from coterie.testing.random_circles import RandomCircle
from tests.properties.plain_reading import VOID, PlainReading

SHORT = 400
LONG = 8_000

runs = pytest.mark.parametrize(
    "seeds", [pytest.param(range(SHORT), id="short"), pytest.param(range(LONG), id="long", marks=pytest.mark.long)]
)


def circle(seed: int) -> CircleBook:
    return RandomCircle(seed, 5 + seed % 45).book


def shuffled(decisions: list[Decision], seed: int) -> list[Decision]:
    mixed = list(decisions)
    random.Random(seed).shuffle(mixed)
    return mixed


def closed(decisions: list[Decision]) -> list[Decision]:
    """Those whose predecessors are all there, as intake would take them."""
    here: set[bytes] = set()
    kept = []
    for decision in sorted(decisions, key=lambda decision: decision.serial):
        if decision.previous == ZERO_ID or decision.previous in here:
            here.add(decision.id)
            kept.append(decision)
    return kept


@runs
def test_the_state_is_what_a_plain_reading_of_the_text_gives(seeds: range) -> None:
    for seed in seeds:
        book = circle(seed)
        state, plain = book.state(), PlainReading(book.known().decisions.values())
        for decision_id, outcome in plain.outcomes.items():
            found = COUNTS if state.counts(decision_id) else WAITS if decision_id in state.waiting else VOID
            assert found == outcome, f"seed {seed}: {state.void.get(decision_id)}"
        for person in plain.people.values():
            devices = () if person.removed else tuple(line.id for line in plain.devices(person))
            known = state.people[person.id]
            assert (known.rank, known.removed, known.depth) == (plain.rank(person), person.removed, person.depth)
            assert known.devices == devices, f"seed {seed}"
        assert {line.id: line.read for line in plain.lines.values()} == {
            h.issuer: h.serial for h in state.heads.values()
        }
        spent = {grant_id: held.spent_by for grant_id, held in plain.grants.items()}
        assert {g.id: g.admission and g.admission.id for g in state.grants.values()} == spent, f"seed {seed}"
        assert ((state.policy and state.policy.version) or 0) == max(plain.policies, default=0)


@runs
def test_the_same_set_in_any_order_gives_the_same_state(seeds: range) -> None:
    for seed in seeds:
        book = circle(seed)
        expected = book.state()
        for order in (1, 2):
            assert book.state(shuffled(book.decisions, order)) == expected, f"seed {seed}"


@runs
def test_growing_partial_sets_never_fail_and_end_in_the_state_from_nothing(seeds: range) -> None:
    for seed in seeds[: len(seeds) // 3]:
        book = circle(seed)
        mixed = shuffled(book.decisions[1:], seed)
        for size in range(0, len(mixed), 7):
            book.state(closed([book.decisions[0], *mixed[:size]]))
        assert book.state(closed([book.decisions[0], *mixed])) == book.state(), f"seed {seed}"


def read(book: CircleBook, decisions: list[Decision]) -> CircleReading:
    reading = CircleReading(book.known(decisions))
    reading.run()
    return reading


def senior_to(reading: CircleReading, decision: Decision, junior: bytes) -> bool:
    """Whether the rank with which a decision is read, and its person's, stand above all that the junior ever was."""
    track, below = reading.tracks.get(decision.issuer), reading.people.get(junior)
    if track is None or below is None:
        return False
    return max(track.rank_at(decision.serial), track.person.latest()) < below.best()


def outcome(reading: CircleReading, decision: Decision) -> str:
    verdict = reading.verdicts[decision.id]
    return verdict if verdict in (COUNTS, WAITS) else "void"


@runs
def test_no_juniors_decision_changes_what_counts_of_a_senior(seeds: range) -> None:
    """Also with any part of a junior's chains left out; only what waits for its subject (rule 9) may differ."""
    compared = 0
    for seed in seeds:
        book = circle(seed)
        full = read(book, book.decisions)
        chance = random.Random(seed)
        juniors = [person for person in full.people.values() if person.id != book.founder.person_id]
        for junior in chance.sample(juniors, min(2, len(juniors))):
            last = {track.id: chance.randint(0, 3) for track in junior.tracks}
            kept = closed([d for d in book.decisions if d.serial <= last.get(d.issuer, LAST_SERIAL)])
            part = read(book, kept)
            for decision in kept:
                if all(senior_to(reading, decision, junior.id) for reading in (full, part)):
                    outcomes = {outcome(full, decision), outcome(part, decision)}
                    compared += 1
                    assert len(outcomes) == 1 or WAITS in outcomes, f"seed {seed}"
    assert compared > len(seeds)


def everything_that_counts(state: CircleState) -> tuple[object, ...]:
    """People, devices, roles, policy and grants, without what only tells how far a chain is known."""
    devices = {d.id: (d.active, d.active and d.rank_now, d.parent) for d in state.devices.values()}
    people = {
        p.id: (p.role, p.rank, p.removed, p.devices, p.admitted_by, p.role_version) for p in state.people.values()
    }
    grants = {g.id: (g.status in {"open", "spent"}, g.admission) for g in state.grants.values()}
    return devices, people, state.policy, grants


def resist(book: CircleBook, pens: list[Pen], chance: random.Random) -> None:
    """What a removed person may do with all its keys: decide on, fork old serials, certify, recover, succeed."""
    others = [pen for pen in book.devices if pen not in pens]
    for pen in pens:
        target = chance.choice(others)
        contents: list[DecisionBody] = [
            body.Removal(target.person_id, ()),
            body.RoleChange(target.first, Role.OWNER, 9, Role.OWNER, ()),
            body.Revocation(pen.id, ()),
        ]
        for serial in {1, chance.randint(1, len(pen.chain) + 1), len(pen.chain) + 1}:
            if serial > 1 or pen is not book.founder:
                pen.fork(serial, *chance.sample(contents, 3))
        pen.admit()
        newcomer = pen.certify()
        newcomer.remove(target)
        newcomer.admit()
        pen.name_successor()
    recovery = pens[0].recovery
    if recovery is not None:
        recovery.revoke(pens[0])
        recovery.certify().admit()
        recovery.fork(1, body.Revocation(pens[0].id, ()))


@runs
def test_T030_nothing_that_a_removed_person_back_dates_counts(seeds: range) -> None:
    tried = 0
    for seed in seeds:
        book = circle(seed)
        chance = random.Random(seed)
        state = book.state()
        founder = state.people[book.founder.person_id]
        victims = [p for p in state.active_people() if founder.rank == FOUNDER < p.rank]
        if not victims or book.founder.id not in founder.devices or book.founder.id in state.unsettled:
            continue
        victim = chance.choice(victims)
        book.founder.issue(removal(state, book.founder.id, victim.id))
        before = everything_that_counts(book.state())
        resist(book, [pen for pen in book.devices if pen.person_id == victim.id], chance)
        tried += 1
        assert everything_that_counts(book.state(shuffled(book.decisions, seed))) == before, f"seed {seed}"
    assert tried > len(seeds) // 3


@runs
def test_equivocation_is_kept_as_proof(seeds: range) -> None:
    for seed in seeds[: len(seeds) // 2]:
        book = circle(seed)
        known = book.known(shuffled(book.decisions, seed))
        rivals = {
            frozenset((one.raw, other.raw))
            for chain in known.chains.values()
            for group in (*chain.children.values(), chain.finals)
            for one, other in itertools.pairwise(group)
        }
        proven = {raw for proof in known.proofs.values() for raw in (proof.one, proof.other)}
        assert all(pair <= proven for pair in rivals), f"seed {seed}"


@runs
def test_a_cut_for_a_person_names_every_chain_that_has_something(seeds: range) -> None:
    for seed in seeds[: len(seeds) // 3]:
        book = circle(seed)
        state = book.state()
        for person in state.people.values():
            named = {entry.issuer for entry in cut_for_person(state, person.id)}
            assert named >= {d.id for d in state.devices.values() if d.person_id == person.id}
