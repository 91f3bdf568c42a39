"""Proposals that wait for a commit, as rows of their epoch.

p/<ref>   sender and proposal, as they were authenticated
u/<ref>   the private key of a leaf that we proposed ourselves in an Update
w/        there as soon as one waits: who sends a message looks for this one row
"""

from coterie.core.codec.tls import Reader, Writer, parse
from coterie.core.kernel.secret import Secret
from coterie.core.mls.framing import Sender, read_sender
from coterie.core.mls.limits import MAX_PENDING_PROPOSALS
from coterie.core.mls.proposal import Proposal, read_proposal, write_proposal
from coterie.core.mls.ratchets import epoch_prefix
from coterie.core.mls.rules import refuse
from coterie.core.mls.state import Delta, Rows


def keep_proposal(
    rows: Rows, epoch: int, ref: bytes, sender: Sender, proposal: Proposal, private: Secret | None = None
) -> Delta:
    """Stores a verified proposal until the epoch ends; `too-many-proposals` when the epoch is full."""
    prefix = epoch_prefix(epoch)
    if len(rows.keys(f"{prefix}p/")) >= MAX_PENDING_PROPOSALS:
        raise refuse("too-many-proposals")
    out = Writer().fixed(sender.encode())
    write_proposal(out, proposal)
    changes: list[tuple[str, bytes | None]] = [(f"{prefix}p/{ref.hex()}", out.bytes()), (f"{prefix}w/", b"\x01")]
    if private is not None:
        changes.append((f"{prefix}u/{ref.hex()}", private.reveal()))
    return Delta(tuple(changes))


def find_proposal(rows: Rows, epoch: int, ref: bytes) -> tuple[Sender, Proposal]:
    """The proposal that a commit names; `unknown-proposal` if it is not here."""
    row = rows.get(f"{epoch_prefix(epoch)}p/{ref.hex()}")
    if row is None:
        raise refuse("unknown-proposal")

    def read(reader: Reader) -> tuple[Sender, Proposal]:
        return read_sender(reader), read_proposal(reader)

    return parse(read, row)


def find_update_key(rows: Rows, epoch: int, ref: bytes) -> Secret | None:
    """The private key of our own proposed leaf, if that Update is ours."""
    row = rows.get(f"{epoch_prefix(epoch)}u/{ref.hex()}")
    return None if row is None else Secret(row)


def proposals_wait(rows: Rows, epoch: int) -> bool:
    """Whether any proposal of an epoch waits for its commit."""
    return rows.get(f"{epoch_prefix(epoch)}w/") is not None
