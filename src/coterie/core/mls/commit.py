"""Commit (RFC 9420 section 12.4): proposals, and a path unless they are all of kinds that need none."""

from dataclasses import dataclass

from coterie.core.codec.tls import Reader, Writer, parse
from coterie.core.mls.limits import MAX_PROPOSALS
from coterie.core.mls.proposal import ProposalOrRef, read_proposal_or_ref, write_proposal_or_ref
from coterie.core.mls.update_path import UpdatePath, read_update_path


@dataclass(frozen=True, slots=True)
class Commit:
    """struct { ProposalOrRef proposals<V>; optional<UpdatePath> path; } Commit"""

    proposals: tuple[ProposalOrRef, ...]
    path: UpdatePath | None = None

    def encode(self) -> bytes:
        """struct Commit."""
        inner = Writer()
        for proposal in self.proposals:
            write_proposal_or_ref(inner, proposal)
        out = Writer().opaque(inner.bytes())
        return out.optional(self.path.encode() if self.path else None).bytes()


def read_commit(reader: Reader) -> Commit:
    """One Commit."""
    proposals = tuple(reader.vector(read_proposal_or_ref, MAX_PROPOSALS))
    return Commit(proposals, reader.optional(read_update_path))


def parse_commit(data: bytes) -> Commit:
    """One whole Commit."""
    return parse(read_commit, data)
