import pytest

from coterie.core.crypto.dh_groups import P256, P384, X25519, DhGroup
from coterie.core.kernel.errors import PeerError

GROUPS = {"X25519": X25519, "P-256": P256, "P-384": P384}


def scalar(group: DhGroup, number: int) -> bytes:
    return number.to_bytes(group.scalar_size, "big")


@pytest.mark.parametrize("group", GROUPS.values(), ids=GROUPS)
def test_both_sides_find_the_same_secret(group: DhGroup) -> None:
    a, b = group.private(scalar(group, 77_777)), group.private(scalar(group, 99_999))
    assert len(a.public_bytes()) == group.point_size
    assert a.exchange(b.public_bytes()) == b.exchange(a.public_bytes())


def test_rfc_7748_section_6_1() -> None:
    alice = X25519.private(bytes.fromhex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"))
    bob = X25519.private(bytes.fromhex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"))
    shared = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"
    assert alice.exchange(bob.public_bytes()).hex() == shared
    assert bob.exchange(alice.public_bytes()).hex() == shared


@pytest.mark.parametrize("group", GROUPS.values(), ids=GROUPS)
def test_foreign_keys_of_the_wrong_size_are_refused(group: DhGroup) -> None:
    public = group.private(scalar(group, 5)).public_bytes()
    group.check_public(public)
    for wrong in (b"", public[:-1], public + b"\x00"):
        with pytest.raises(PeerError) as caught:
            group.check_public(wrong)
        assert caught.value.code == "malformed"


def test_T010_points_of_low_order_give_zero_and_are_refused() -> None:
    p = 2**255 - 19
    order_8 = (
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    )
    low = [bytes.fromhex(text) for text in order_8]
    low += [u.to_bytes(32, "little") for u in (0, 1, p - 1, p, p + 1)]
    for public in low:
        for wire in (public, public[:-1] + bytes([public[-1] | 0x80])):  # the top bit is ignored
            with pytest.raises(PeerError) as caught:
                X25519.private(bytes(range(32))).exchange(wire)
            assert caught.value.code == "weak-key"
            with pytest.raises(PeerError):
                X25519.check_public(wire)


@pytest.mark.parametrize("group", [P256, P384], ids=["P-256", "P-384"])
def test_a_scalar_out_of_range_is_our_bug(group: DhGroup) -> None:
    assert not group.is_scalar(bytes(group.scalar_size))
    for wrong in (bytes(group.scalar_size), b"\xff" * group.scalar_size, b"\x01"):
        with pytest.raises(ValueError, match="private key"):
            group.private(wrong)
