"""Pre-shared keys: sources, and the one secret that they make (official values: tests/vectors)."""

from dataclasses import replace

from coterie.core.crypto.suites import suite
from coterie.core.kernel.secret import Secret
from coterie.core.mls.key_schedule import zero_secret
from coterie.core.mls.psk import (
    NO_PSKS,
    find_psk,
    gather_psk_secret,
    psk_secret,
    verify_proposed_psks,
    verify_psk_ids,
)
from coterie.core.mls.psk_id import external_psk, resumption_psk
from coterie.core.mls.registry import USAGE_BRANCH
from coterie.testing.mls_refusals import refused

SUITE = suite(1)


class Source:
    def external(self, psk_id: bytes) -> Secret | None:
        return Secret(b"external " + psk_id) if psk_id == b"known" else None

    def resumption(self, group_id: bytes, epoch: int) -> Secret | None:
        return Secret(b"resumption") if (group_id, epoch) == (b"group", 3) else None


def test_each_kind_is_found_where_it_belongs() -> None:
    assert find_psk(external_psk(b"known", bytes(32)), Source()) == b"external known"
    assert find_psk(resumption_psk(b"group", 3, bytes(32)), Source()) == b"resumption"


def test_a_key_that_is_not_here_is_refused_and_never_replaced() -> None:
    for psk in (external_psk(b"unknown", bytes(32)), resumption_psk(b"group", 4, bytes(32))):
        with refused("missing-psk"):
            gather_psk_secret(SUITE, [psk], Source())
    with refused("missing-psk"):
        gather_psk_secret(SUITE, [external_psk(b"known", bytes(32))], NO_PSKS)
    assert NO_PSKS.resumption(b"group", 3) is None


def test_names_stand_once_and_have_whole_nonces() -> None:
    one, two = external_psk(b"id", bytes(32)), external_psk(b"id", b"\x01" * 32)
    branch = replace(resumption_psk(b"group", 3, bytes(32)), usage=USAGE_BRANCH)
    verify_psk_ids(SUITE, [one, two, branch])
    verify_proposed_psks(SUITE, [one, two, resumption_psk(b"group", 3, bytes(32))])
    with refused("psk-twice"):
        verify_psk_ids(SUITE, [one, two, one])
    for size in (0, 31, 33):
        with refused("psk-nonce"):
            verify_psk_ids(SUITE, [external_psk(b"id", bytes(size))])
    with refused("psk-usage"):
        verify_proposed_psks(SUITE, [branch])


def test_no_keys_make_the_zero_secret() -> None:
    assert psk_secret(SUITE, []) == zero_secret(SUITE)


def test_order_nonce_and_key_all_count() -> None:
    one, two = external_psk(b"1", bytes(32)), external_psk(b"2", bytes(32))
    fresh = external_psk(b"1", b"\x01" * 32)
    made = {
        psk_secret(SUITE, [(one, b"k"), (two, b"k")]),
        psk_secret(SUITE, [(two, b"k"), (one, b"k")]),
        psk_secret(SUITE, [(fresh, b"k"), (two, b"k")]),
        psk_secret(SUITE, [(one, b"j"), (two, b"k")]),
        psk_secret(SUITE, [(one, b"k")]),
    }
    assert len(made) == 5
