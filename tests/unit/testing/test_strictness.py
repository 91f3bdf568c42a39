from dataclasses import dataclass

from coterie.core.codec.tls import Reader, parse
from coterie.testing.strictness import accepted_extensions, accepted_prefixes, ambiguous_flips, bit_flips


@dataclass
class Number:
    value: int

    def encode(self) -> bytes:
        return bytes([0, self.value])


def lax(data: bytes) -> Number:
    return Number(data[-1] if data else 0)


def strict(data: bytes) -> bytes:
    return parse(lambda reader: reader.fixed(2), data)


def sloppy(data: bytes) -> Number:
    reader = Reader(data)
    reader.u8()
    return Number(reader.u8())


def test_a_lax_parser_is_found_out() -> None:
    assert accepted_prefixes(lax, b"ab") == [0, 1]
    assert len(accepted_extensions(lax, b"ab")) == 128
    assert len(ambiguous_flips(sloppy, b"\x00\x01")) == 8


def test_a_strict_parser_passes() -> None:
    assert accepted_prefixes(strict, b"ab") == []
    assert accepted_extensions(strict, b"ab") == []


def test_bit_flips() -> None:
    assert list(bit_flips(b"\x00"))[:3] == [b"\x01", b"\x02", b"\x04"]
    assert len(list(bit_flips(b"abc", step=5))) == 5
