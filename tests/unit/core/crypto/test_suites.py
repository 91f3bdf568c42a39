import pytest

from coterie.core.crypto.suites import DEFAULT_SUITE_ID, SUITES, KemId, suite
from coterie.core.kernel.errors import PeerError


def test_the_default_is_the_hybrid_with_x_wing() -> None:
    assert suite(DEFAULT_SUITE_ID).kem is KemId.MLKEM768_X25519
    assert suite(DEFAULT_SUITE_ID).hash_size == 48
    assert suite(DEFAULT_SUITE_ID).key_size == 32


@pytest.mark.parametrize("suite_id", SUITES)
def test_each_suite_is_found_under_its_own_number(suite_id: int) -> None:
    found = suite(suite_id)
    assert found.id == suite_id
    assert found is suite(suite_id)
    assert found.nonce_size == 12


@pytest.mark.parametrize("suite_id", [0, 4, 0x0005, 0xF600, 0xFFFF])
def test_T014_another_suite_is_refused_by_name(suite_id: int) -> None:
    with pytest.raises(PeerError) as caught:
        suite(suite_id)
    assert caught.value.code == "unsupported-suite"
    assert f"{suite_id:04x}" in str(caught.value)
