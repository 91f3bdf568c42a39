"""Pre-shared keys (RFC 9420 section 8.4): where they come from and the one secret that they make."""

from collections.abc import Sequence
from typing import Protocol

from coterie.core.codec.tls import Writer
from coterie.core.crypto.kdf import expand_with_label, extract
from coterie.core.crypto.suites import Suite
from coterie.core.kernel.secret import Secret
from coterie.core.mls.key_schedule import zero_secret
from coterie.core.mls.psk_id import PreSharedKeyId
from coterie.core.mls.registry import PSK_EXTERNAL, PSK_RESUMPTION, USAGE_APPLICATION
from coterie.core.mls.rules import refuse


class Psks(Protocol):
    """Who knows the keys. A key that it does not know is refused, never replaced by anything."""

    def external(self, psk_id: bytes) -> Secret | None:
        """The key with this external id."""
        ...

    def resumption(self, group_id: bytes, epoch: int) -> Secret | None:
        """The resumption key of an epoch (`Group.resumption_psk`), if it was kept."""
        ...


class NoPsks:
    """Knows no key."""

    def external(self, psk_id: bytes) -> Secret | None:
        """None."""
        return None

    def resumption(self, group_id: bytes, epoch: int) -> Secret | None:
        """None."""
        return None


NO_PSKS = NoPsks()


def verify_psk_ids(suite: Suite, ids: Sequence[PreSharedKeyId]) -> None:
    """The names in a commit or a Welcome: each once, each with a nonce of the suite's size."""
    if len(set(ids)) != len(ids):
        raise refuse("psk-twice")
    if any(len(psk.nonce) != suite.hash_size for psk in ids):
        raise refuse("psk-nonce")


def verify_proposed_psks(suite: Suite, ids: Sequence[PreSharedKeyId]) -> None:
    """The names in proposals: besides, resumption keys only for use inside the group (section 12.1.4)."""
    verify_psk_ids(suite, ids)
    if any(psk.type == PSK_RESUMPTION and psk.usage != USAGE_APPLICATION for psk in ids):
        raise refuse("psk-usage")


def find_psk(psk: PreSharedKeyId, source: Psks) -> bytes:
    """The key itself, or `missing-psk`."""
    if psk.type == PSK_EXTERNAL:
        found = source.external(psk.psk_id)
    else:
        found = source.resumption(psk.group_id, psk.epoch)
    if found is None:
        raise refuse("missing-psk")
    return found.reveal()


def psk_secret(suite: Suite, psks: Sequence[tuple[PreSharedKeyId, bytes]]) -> bytes:
    """psk_secret of section 8.4 from (id, key) in the order of the commit."""
    secret = zero_secret(suite)
    for index, (psk, key) in enumerate(psks):
        label = Writer().fixed(psk.encode()).u16(index).u16(len(psks)).bytes()
        extracted = extract(suite, zero_secret(suite), key)
        made = expand_with_label(suite, extracted, "derived psk", label, suite.hash_size)
        secret = extract(suite, made, secret)
    return secret


def gather_psk_secret(suite: Suite, ids: Sequence[PreSharedKeyId], source: Psks) -> bytes:
    """psk_secret of the keys named by a commit or a Welcome."""
    return psk_secret(suite, [(psk, find_psk(psk, source)) for psk in ids])
