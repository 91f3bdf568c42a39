"""Extensions and required capabilities."""

import pytest

from coterie.core.codec.tls import Writer, parse
from coterie.core.kernel.errors import PeerError
from coterie.core.mls.extension import (
    Extension,
    RequiredCapabilities,
    find_extension,
    needed_types,
    read_extensions,
    required_capabilities,
    write_extensions,
)
from coterie.core.mls.registry import EXTENSION_COTERIE, EXTENSION_REQUIRED_CAPABILITIES


def encoded(*extensions: Extension) -> bytes:
    out = Writer()
    write_extensions(out, extensions)
    return out.bytes()


def test_extensions_come_back_in_their_order() -> None:
    extensions = (Extension(9, b"nine"), Extension(2, b""))
    assert parse(read_extensions, encoded(*extensions)) == extensions
    assert encoded(Extension(9, b"nine")).hex() == "07" + "0009" + "04" + b"nine".hex()


def test_a_type_stands_once() -> None:
    with pytest.raises(PeerError) as caught:
        parse(read_extensions, encoded(Extension(9, b"a"), Extension(9, b"b")))
    assert caught.value.code == "malformed"


def test_so_many_and_no_more() -> None:
    with pytest.raises(PeerError) as caught:
        parse(read_extensions, encoded(*(Extension(n, b"") for n in range(100))))
    assert caught.value.code == "too-large"


def test_finding() -> None:
    extensions = (Extension(9, b"nine"), Extension(2, b""))
    assert find_extension(extensions, 2) == b""
    assert find_extension(extensions, 3) is None
    assert needed_types((*extensions, Extension(EXTENSION_COTERIE, b""))) == {9, EXTENSION_COTERIE}


def test_required_capabilities_come_back() -> None:
    needed = RequiredCapabilities((0x1234,), (0x2345,), (1, 2))
    extension = Extension(EXTENSION_REQUIRED_CAPABILITIES, needed.encode())
    assert required_capabilities((extension,)) == needed
    assert required_capabilities(()) == RequiredCapabilities()
    with pytest.raises(PeerError):
        required_capabilities((Extension(EXTENSION_REQUIRED_CAPABILITIES, b"\x01\x02"),))
