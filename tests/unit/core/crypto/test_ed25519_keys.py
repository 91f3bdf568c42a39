"""T011: the fourteen encodings of the eight points of low order, and keys that are no points."""

import pytest

from coterie.core.crypto import ed25519_keys
from coterie.core.kernel.errors import PeerError

P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P


def on_curve(x: int, y: int) -> bool:
    return (y * y - x * x - 1 - D * x * x * y * y) % P == 0


def add(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
    (x1, y1), (x2, y2) = a, b
    product = D * x1 * x2 * y1 * y2
    x3 = (x1 * y2 + x2 * y1) * pow(1 + product, -1, P) % P
    y3 = (y1 * y2 + x1 * x2) * pow(1 - product, -1, P) % P
    return x3, y3


def x_of(y: int) -> int:
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    root = pow(square, (P + 3) // 8, P)
    return root if root * root % P == square else root * pow(2, (P - 1) // 4, P) % P


LOW_ORDER = (
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
)


@pytest.mark.parametrize("key", LOW_ORDER)
def test_T011_low_order_encodings_are_refused(key: str) -> None:
    with pytest.raises(PeerError) as caught:
        ed25519_keys.check_encoding(bytes.fromhex(key))
    assert caught.value.code == "weak-key"


@pytest.mark.parametrize("key", LOW_ORDER)
def test_the_list_is_of_points_whose_order_divides_8(key: str) -> None:
    y = (int.from_bytes(bytes.fromhex(key), "little") & (2**255 - 1)) % P
    point = (x_of(y), y)
    assert on_curve(*point)
    for _ in range(3):
        point = add(point, point)
    assert point == (0, 1)


def test_T011_every_y_from_p_up_is_refused() -> None:
    for y in range(P, 2**255):
        for sign in (0, 1 << 255):
            with pytest.raises(PeerError) as caught:
                ed25519_keys.check_encoding((y | sign).to_bytes(32, "little"))
            assert caught.value.code == "weak-key"


def test_T011_what_is_no_point_of_the_curve_is_refused() -> None:
    refused = 0
    for y in range(2, 60):
        square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
        key = y.to_bytes(32, "little")
        if pow(square, (P - 1) // 2, P) == 1:
            ed25519_keys.check_encoding(key)
        else:
            refused += 1
            with pytest.raises(PeerError) as caught:
                ed25519_keys.check_encoding(key)
            assert caught.value.code == "malformed"
    assert refused


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_another_size_is_refused(size: int) -> None:
    with pytest.raises(PeerError) as caught:
        ed25519_keys.check_encoding(b"\x02" * size)
    assert caught.value.code == "malformed"
