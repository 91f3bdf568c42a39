import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from coterie.core.crypto.curves import CURVES, Curve
from coterie.core.kernel.errors import PeerError

ALL = list(CURVES.values())


def point(curve: Curve, scalar: int) -> bytes:
    return curve.encode(ec.derive_private_key(scalar, curve.parameters).public_key())


@pytest.mark.parametrize("curve", ALL, ids=CURVES)
def test_scalars_are_above_zero_and_below_the_order(curve: Curve) -> None:
    size = curve.scalar_size
    assert curve.is_scalar((1).to_bytes(size, "big"))
    assert curve.is_scalar((curve.order - 1).to_bytes(size, "big"))
    for wrong in (0, curve.order, curve.order + 1):
        assert not curve.is_scalar(wrong.to_bytes(size, "big"))


@pytest.mark.parametrize("curve", ALL, ids=CURVES)
def test_the_order_is_the_order(curve: Curve) -> None:
    """(order - 1) G is -G: the same x, and the y of the other sign."""
    first, last = point(curve, 1), point(curve, curve.order - 1)
    half = 1 + curve.scalar_size
    assert first[:half] == last[:half]
    assert first[half:] != last[half:]


@pytest.mark.parametrize("curve", ALL, ids=CURVES)
def test_points_have_one_encoding(curve: Curve) -> None:
    encoded = point(curve, 7)
    assert len(encoded) == curve.point_size
    assert curve.encode(curve.parse(encoded)) == encoded
    other = next(each for each in ALL if each is not curve)
    infinity = bytes(curve.point_size)
    hybrid = [bytes([form]) + encoded[1:] for form in (0, 2, 3, 5, 6, 7)]
    for wrong in (b"", encoded[:-1], encoded + b"\x00", b"\x02" + encoded[1:33], infinity, point(other, 7), *hybrid):
        with pytest.raises(PeerError) as caught:
            curve.parse(wrong)
        assert caught.value.code == "malformed"
