"""Which branch of a fork a device holds to be the honest one: the one that reached it first."""

from coterie.core.trust.bodies import cut_in
from coterie.core.trust.cut import CutEntry
from coterie.core.trust.object_set import ObjectSet


def followed(known: ObjectSet, head: CutEntry) -> CutEntry:
    """From the last decision before a fork along the branch that arrived first, to its end."""
    chain = known.chains[head.issuer]
    place = {object_id: index for index, object_id in enumerate(known.decisions)}
    entry, tip = head, head.hash
    while rivals := chain.children.get(tip, ()):
        first = min(rivals, key=lambda decision: place[decision.id])
        entry, tip = CutEntry(head.issuer, first.serial, first.id), first.id
    if entry is head and chain.finals:
        final = min(chain.finals, key=lambda decision: place[decision.id])
        entry = CutEntry(head.issuer, final.serial, final.id)
    return entry


def already_said(known: ObjectSet, device_id: bytes) -> set[bytes]:
    """Hashes that this device's own decisions have named: what is said once and did not help is not said again."""
    chain = known.chains.get(device_id)
    decisions = () if chain is None else chain.by_id.values()
    return {entry.hash for decision in decisions for entry in cut_in(decision.body)}
