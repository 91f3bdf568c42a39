import hashlib
import inspect
import time
from typing import Any

import pytest
from iroh import iroh_ffi

from coterie.adapters.peerlink import fast_bytes

ffi: Any = iroh_ffi
SOURCES = {
    "class _UniffiConverterRustBuffer:": "8f98d89875056246291789934b1184866ad9f5b0114f8030e111fc279641cf98",
    "class _UniffiFfiConverterBytes(": "ddfd96bc6823bd214b71ffb02726bc1568803aad733eda4d13d94dcfe01fb866",
    "    def read(self, ": "7c26125743a4bc1f719290b3a7820faa164b36950568826af47c3133d9796d42",
}
"""What was read when the patch was written: where it begins, and the SHA-256 of the text up to the next empty line
(of a class, up to the next class)."""


@pytest.fixture(autouse=True)
def original() -> Any:
    """The binding as it was, whatever test comes next."""
    converter = ffi._UniffiFfiConverterBytes
    kept = converter.__dict__.get("lower")
    if kept is not None:
        del converter.lower
    yield
    if kept is not None:
        converter.lower = kept
    elif "lower" in converter.__dict__:
        del converter.lower


def test_what_is_replaced_is_what_was_read() -> None:
    """Compares the file on disk, so a patch installed by another test does not hide a change."""
    source = inspect.getsource(iroh_ffi)
    for begins, expected in SOURCES.items():
        start = source.index(begins)
        end = source.index("\nclass " if begins.startswith("class") else "\n\n", start + 1)
        assert hashlib.sha256(source[start:end].encode()).hexdigest() == expected


def lowered(value: Any) -> bytes:
    buffer = ffi._UniffiFfiConverterBytes.lower(value)
    try:
        whole: bytes = buffer.data[0 : buffer.len]
        return whole
    finally:
        buffer.free()


@pytest.mark.parametrize(
    "value", [b"", b"a", b"\x00\xff\x00", bytes(range(256)) * 300, bytearray(b"abc"), memoryview(b"de")]
)
def test_bytes_arrive_in_the_form_that_the_binding_gives_them(value: Any) -> None:
    before = lowered(value)
    assert fast_bytes.install()
    assert lowered(value) == before == len(value).to_bytes(4, "big") + bytes(value)


def test_what_went_in_comes_out() -> None:
    fast_bytes.install()
    converter = ffi._UniffiFfiConverterBytes
    assert converter.lift(converter.lower(b"there and back")) == b"there and back"


def test_a_mebibyte_is_copied_at_once() -> None:
    """One Python step a byte takes over 50 ms; one copy, well under one. Processor time, so a busy machine changes little."""
    fast_bytes.install()
    data = bytes(1 << 20)
    start = time.thread_time()
    lowered(data)
    assert time.thread_time() - start < 0.025
