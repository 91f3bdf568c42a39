"""A commit that is checked and not yet applied (made here or received): look at it, keep it, apply it or drop it."""

from dataclasses import dataclass, field

from coterie.core.codec.tls import Reader, Writer, parse
from coterie.core.kernel.errors import UserError
from coterie.core.mls.framing import read_sender
from coterie.core.mls.group import Group
from coterie.core.mls.group_context import GroupContext, parse_group_context
from coterie.core.mls.proposal import ReInit, Update, read_proposal, write_proposal
from coterie.core.mls.proposal_list import Listed, Listing
from coterie.core.mls.state import Delta, Overlay, Rows, read_delta, write_delta

VERSION = 1


@dataclass(frozen=True, slots=True)
class StagedCommit:
    """Everything to judge a commit by, and the delta that moves to its epoch.

    `ratchet_delta` must be written before `message` is released (a commit of ours) or when a received one is
    kept for later: it moves the handshake ratchet of the old epoch. `delta` moves to the new epoch and may be
    written then or later, as long as the group is still in the epoch `previous`; it needs no ratchet_delta.
    """

    message: bytes = field(repr=False)
    welcome: bytes | None = field(repr=False)
    committer: int
    external: bool
    proposals: Listing
    added: tuple[int, ...]
    removed: tuple[int, ...]
    authenticated_data: bytes = field(repr=False)
    previous: GroupContext
    group: Group | None
    """The group in its new epoch; None if the commit removed us."""
    delta: Delta
    ratchet_delta: Delta

    @property
    def epoch(self) -> int:
        """The epoch that the commit begins."""
        return self.previous.epoch + 1

    @property
    def renewed(self) -> frozenset[int]:
        """Leaves whose contents may be other than before: the committer's, updated ones, added ones.

        MLS checks that they are signed and unlike any other; whether the identity in them may change, and who
        may stand there at all, is the caller's judgement.
        """
        updated = (x.sender.index for x in self.proposals if isinstance(x.proposal, Update))
        return frozenset((self.committer, *updated, *self.added))

    @property
    def reinit(self) -> ReInit | None:
        """The proposal that ended the group, if the commit has one. Following it is left to a later version."""
        return next((x.proposal for x in self.proposals if isinstance(x.proposal, ReInit)), None)

    def encode(self) -> bytes:
        """For the vault: it holds the secrets of the new epoch."""
        out = Writer().u8(VERSION).opaque(self.message).boolean(self.welcome is not None)
        out.opaque(self.welcome or b"").u32(self.committer).boolean(self.external)
        entries = Writer()
        for entry in self.proposals:
            entries.fixed(entry.sender.encode()).boolean(entry.ref is not None).opaque(entry.ref or b"")
            write_proposal(entries, entry.proposal)
        out.opaque(entries.bytes())
        for leaves in (self.added, self.removed):
            out.opaque(b"".join(leaf.to_bytes(4, "big") for leaf in leaves))
        out.opaque(self.authenticated_data).opaque(self.previous.encode()).boolean(self.group is not None)
        write_delta(out, self.delta)
        write_delta(out, self.ratchet_delta)
        return out.bytes()

    @staticmethod
    def decode(data: bytes, rows: Rows) -> "StagedCommit":
        """The inverse of `encode`; `rows` are those of the group before `delta` is written."""

        def read(reader: Reader) -> StagedCommit:
            if reader.u8() != VERSION:
                raise UserError("needs-newer-version", "a staged commit is of another version")
            message, has_welcome, welcome = reader.opaque(), reader.boolean(), reader.opaque()
            committer, external = reader.u32(), reader.boolean()
            proposals = tuple(reader.vector(_read_listed))
            added, removed = tuple(reader.vector(Reader.u32)), tuple(reader.vector(Reader.u32))
            authenticated_data, previous = reader.opaque(), parse_group_context(reader.opaque())
            remains, delta, ratchet_delta = reader.boolean(), read_delta(reader), read_delta(reader)
            return StagedCommit(
                message,
                welcome if has_welcome else None,
                committer,
                external,
                proposals,
                added,
                removed,
                authenticated_data,
                previous,
                Group.load(Overlay(rows, delta)) if remains else None,
                delta,
                ratchet_delta,
            )

        return parse(read, data)


def _read_listed(reader: Reader) -> Listed:
    sender, has_ref, ref = read_sender(reader), reader.boolean(), reader.opaque()
    return Listed(read_proposal(reader), sender, ref if has_ref else None)
