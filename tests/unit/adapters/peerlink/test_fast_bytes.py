import hashlib
import inspect
import time
from typing import Any

import pytest
from iroh import iroh_ffi

from coterie.adapters.peerlink import fast_bytes

ffi: Any = iroh_ffi
ORIGINAL_WRITE = "d89832ee3f9403004d919bb2c9a705c40ea52fffae7c439f76b71a17474f8c27"
ORIGINAL_READ = "7c26125743a4bc1f719290b3a7820faa164b36950568826af47c3133d9796d42"


@pytest.fixture(autouse=True)
def original() -> Any:
    """The binding as it was, whatever test comes next."""
    builder = ffi._UniffiRustBufferBuilder
    kept = builder.write
    yield kept
    builder.write = kept


def test_the_replaced_method_is_the_one_that_was_read() -> None:
    """Compares the file on disk, so a patch installed by another test does not hide a change."""
    source = inspect.getsource(iroh_ffi)
    for name, expected in (("write", ORIGINAL_WRITE), ("read", ORIGINAL_READ)):
        start = source.index(f"    def {name}(self, ")
        text = source[start : source.index("\n\n", start)]
        assert hashlib.sha256(text.encode()).hexdigest() == expected


def written(*values: bytes | bytearray | memoryview) -> bytes:
    builder = ffi._UniffiRustBufferBuilder()
    for value in values:
        builder.write(value)
    buffer = builder.finalize()
    with buffer.consume_with_stream() as stream:
        taken: bytes = stream.read(sum(map(len, values)))
    return taken


@pytest.mark.parametrize("values", [(b"",), (b"a",), (b"abc", b"", b"\x00\xff"), (bytes(range(256)) * 300, b"end")])
def test_bytes_arrive_as_they_were(values: tuple[bytes, ...]) -> None:
    assert fast_bytes.install()
    assert written(*values) == b"".join(values)


def test_bytearrays_and_views_are_bytes_too() -> None:
    fast_bytes.install()
    assert written(bytearray(b"abc"), memoryview(b"def")) == b"abcdef"


def test_a_mebibyte_is_copied_at_once() -> None:
    """One Python step a byte takes over 50 ms; one copy, well under one. Processor time, so a busy machine changes little."""
    fast_bytes.install()
    data = bytes(1 << 20)
    start = time.thread_time()
    written(data)
    assert time.thread_time() - start < 0.025
