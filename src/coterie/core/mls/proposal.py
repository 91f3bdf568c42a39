"""Proposals (RFC 9420 section 12.1), one class each, and ProposalOrRef (section 12.4)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

from coterie.core.codec.tls import Reader, Writer, malformed, parse
from coterie.core.kernel.errors import PeerError
from coterie.core.mls.extension import Extensions, read_extensions, write_extensions
from coterie.core.mls.key_package import KeyPackage, read_key_package
from coterie.core.mls.leaf_node import LeafNode, read_leaf_node
from coterie.core.mls.limits import MAX_FIELD
from coterie.core.mls.psk_id import PreSharedKeyId, read_psk_id
from coterie.core.mls.registry import (
    PROPOSAL_ADD,
    PROPOSAL_EXTERNAL_INIT,
    PROPOSAL_GROUP_CONTEXT_EXTENSIONS,
    PROPOSAL_PSK,
    PROPOSAL_REINIT,
    PROPOSAL_REMOVE,
    PROPOSAL_UPDATE,
)


@dataclass(frozen=True, slots=True)
class Add:
    """Adds the client of a KeyPackage."""

    key_package: KeyPackage

    def write(self, out: Writer) -> None:
        self.key_package.write(out)


@dataclass(frozen=True, slots=True)
class Update:
    """Replaces the sender's own leaf; only ever by reference."""

    leaf: LeafNode

    def write(self, out: Writer) -> None:
        self.leaf.write(out)


@dataclass(frozen=True, slots=True)
class Remove:
    """Removes the member at a leaf index."""

    removed: int

    def write(self, out: Writer) -> None:
        out.u32(self.removed)


@dataclass(frozen=True, slots=True)
class PreSharedKey:
    """Mixes a pre-shared key into the next epoch."""

    psk: PreSharedKeyId

    def write(self, out: Writer) -> None:
        self.psk.write(out)


@dataclass(frozen=True, slots=True)
class ReInit:
    """Ends the group in favour of a new one with other parameters. Following it is a later issue."""

    group_id: bytes
    version: int
    suite_id: int
    extensions: Extensions

    def write(self, out: Writer) -> None:
        out.opaque(self.group_id).u16(self.version).u16(self.suite_id)
        write_extensions(out, self.extensions)


@dataclass(frozen=True, slots=True)
class ExternalInit:
    """The encapsulation with which an external committer fixes the next init secret."""

    kem_output: bytes = field(repr=False)

    def write(self, out: Writer) -> None:
        out.opaque(self.kem_output)


@dataclass(frozen=True, slots=True)
class GroupContextExtensions:
    """Replaces the group's extensions as a whole."""

    extensions: Extensions

    def write(self, out: Writer) -> None:
        write_extensions(out, self.extensions)


Proposal: TypeAlias = Add | Update | Remove | PreSharedKey | ReInit | ExternalInit | GroupContextExtensions

PROPOSAL_TYPES: Mapping[type[Proposal], int] = MappingProxyType(
    {
        Add: PROPOSAL_ADD,
        Update: PROPOSAL_UPDATE,
        Remove: PROPOSAL_REMOVE,
        PreSharedKey: PROPOSAL_PSK,
        ReInit: PROPOSAL_REINIT,
        ExternalInit: PROPOSAL_EXTERNAL_INIT,
        GroupContextExtensions: PROPOSAL_GROUP_CONTEXT_EXTENSIONS,
    }
)


def _read_reinit(reader: Reader) -> ReInit:
    return ReInit(reader.opaque(MAX_FIELD), reader.u16(), reader.u16(), read_extensions(reader))


READERS: Mapping[int, Callable[[Reader], Proposal]] = MappingProxyType(
    {
        PROPOSAL_ADD: lambda reader: Add(read_key_package(reader)),
        PROPOSAL_UPDATE: lambda reader: Update(read_leaf_node(reader)),
        PROPOSAL_REMOVE: lambda reader: Remove(reader.u32()),
        PROPOSAL_PSK: lambda reader: PreSharedKey(read_psk_id(reader)),
        PROPOSAL_REINIT: _read_reinit,
        PROPOSAL_EXTERNAL_INIT: lambda reader: ExternalInit(reader.opaque(MAX_FIELD)),
        PROPOSAL_GROUP_CONTEXT_EXTENSIONS: lambda reader: GroupContextExtensions(read_extensions(reader)),
    }
)


def read_proposal(reader: Reader) -> Proposal:
    """Type and body. The length of an unknown type is unknown too, so it is `unsupported-proposal`."""
    kind = reader.u16()
    read = READERS.get(kind)
    if read is None:
        raise PeerError("unsupported-proposal", f"proposal type {kind} is not supported")
    return read(reader)


def write_proposal(out: Writer, proposal: Proposal) -> None:
    """Type and body."""
    out.u16(PROPOSAL_TYPES[type(proposal)])
    proposal.write(out)


def encode_proposal(proposal: Proposal) -> bytes:
    """struct Proposal."""
    out = Writer()
    write_proposal(out, proposal)
    return out.bytes()


def parse_proposal(data: bytes) -> Proposal:
    """One whole struct Proposal."""
    return parse(read_proposal, data)


@dataclass(frozen=True, slots=True)
class Reference:
    """The ProposalRef of a proposal that was sent before."""

    ref: bytes


ProposalOrRef: TypeAlias = Proposal | Reference

_BY_VALUE, _BY_REFERENCE = 1, 2


def read_proposal_or_ref(reader: Reader) -> ProposalOrRef:
    """1 and a proposal, or 2 and a reference."""
    kind = reader.u8()
    if kind == _BY_VALUE:
        return read_proposal(reader)
    if kind == _BY_REFERENCE:
        return Reference(reader.opaque(MAX_FIELD))
    raise malformed("proposal or reference: unknown kind")


def write_proposal_or_ref(out: Writer, entry: ProposalOrRef) -> None:
    """The inverse of `read_proposal_or_ref`."""
    if isinstance(entry, Reference):
        out.u8(_BY_REFERENCE).opaque(entry.ref)
    else:
        out.u8(_BY_VALUE)
        write_proposal(out, entry)
