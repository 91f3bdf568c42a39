"""Digests and summaries of a set, and what another device lacks (PROTOCOL 4: digests first, then what is missing).

One honest chain is said by its highest serial and the hash there; a forked one by the end of each branch.
"""

from dataclasses import dataclass

from coterie.core.codec.tls import Writer
from coterie.core.kernel.ids import ID_SIZE, ObjectId, derive_id
from coterie.core.trust.chain import Chain
from coterie.core.trust.cut import CutEntry
from coterie.core.trust.object_set import ObjectSet
from coterie.core.trust.object_types import LAST_SERIAL
from coterie.core.trust.objects import Decision


@dataclass(frozen=True, slots=True)
class FactMark:
    """The revision that a device has of one fact."""

    issuer: bytes
    number: int
    subject: bytes
    revision: int


@dataclass(frozen=True, slots=True)
class Summary:
    """What a device has of one scope: the ends of all chains, the revision of every fact."""

    chains: tuple[CutEntry, ...]
    facts: tuple[FactMark, ...]


def summary(known: ObjectSet) -> Summary:
    """The summary of a set, in canonical order."""
    chains = tuple(
        CutEntry(issuer, tip.serial, tip.id) for issuer, chain in sorted(known.chains.items()) for tip in chain.tips()
    )
    facts = tuple(FactMark(*key, fact.revision) for key, fact in sorted(known.facts.items()))
    return Summary(chains, facts)


def decisions_digest(known: ObjectSet) -> bytes:
    """32 bytes, equal exactly when two sets hold the same decisions. Also the caller's key for cached states."""
    out = Writer()
    for entry in summary(known).chains:
        out.fixed(entry.issuer, ID_SIZE).u64(entry.serial).fixed(entry.hash, ID_SIZE)
    return derive_id("decisions", out.bytes())


def facts_digest(known: ObjectSet) -> bytes:
    """32 bytes over the revisions: two rival facts of one revision do not make devices ask each other for ever."""
    out = Writer()
    for mark in summary(known).facts:
        out.fixed(mark.issuer, ID_SIZE).u16(mark.number).fixed(mark.subject, ID_SIZE).u64(mark.revision)
    return derive_id("facts", out.bytes())


def missing(known: ObjectSet, theirs: Summary) -> tuple[bytes, ...]:
    """Raw objects that the other device lacks, each after what it builds on. An honest lag costs no byte too many."""
    decisions = [decision.raw for decision in missing_decisions(known, theirs)]
    revisions = {(mark.issuer, mark.number, mark.subject): mark.revision for mark in theirs.facts}
    facts = [fact.raw for key, fact in known.facts.items() if fact.revision > revisions.get(key, -1)]
    return (*decisions, *facts)


def missing_decisions(known: ObjectSet, theirs: Summary) -> list[Decision]:
    """The decisions that the other device lacks, each after what it builds on."""
    ends: dict[bytes, list[CutEntry]] = {}
    for entry in theirs.chains:
        ends.setdefault(entry.issuer, []).append(entry)
    held = {issuer: _had(chain, ends.get(issuer, [])) for issuer, chain in known.chains.items()}
    return [decision for decision in known.decisions.values() if decision.id not in held[decision.issuer]]


def has_all(known: ObjectSet, theirs: Summary) -> bool:
    """Whether everything that the other device has is here too."""
    revisions = {key: fact.revision for key, fact in known.facts.items()}
    return has_decisions(known, theirs) and all(
        revisions.get((mark.issuer, mark.number, mark.subject), -1) >= mark.revision for mark in theirs.facts
    )


def has_decisions(known: ObjectSet, theirs: Summary) -> bool:
    """Whether every decision that the other device has is here too."""
    return all(entry.hash in known.decisions for entry in theirs.chains)


def _had(chain: Chain, ends: list[CutEntry]) -> set[bytes]:
    """Ids of our decisions of one issuer that the other device has, by what it says.

    A successor's certificate has no predecessor: having it, or not, says nothing of the chain before it.
    """
    found: list[Decision] = []
    ahead = False
    for end in ends:
        decision = chain.by_id.get(ObjectId(end.hash))
        if decision is not None:
            found.append(decision)
        else:
            ahead = ahead or chain.height < end.serial < LAST_SERIAL
    if ahead and all(decision.serial == LAST_SERIAL for decision in found):
        found += [decision for decision in chain.tips() if decision.serial != LAST_SERIAL]
    had: set[bytes] = set()
    for decision in found:
        for past in chain.ancestors(decision):
            if past.id in had:
                break
            had.add(past.id)
    return had
