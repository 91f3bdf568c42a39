"""Extensions (RFC 9420 section 13): a type and bytes, in lists without repetition."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from coterie.core.codec.tls import Reader, Writer, malformed, parse
from coterie.core.mls.limits import MAX_CAPABILITIES, MAX_EXTENSIONS, MAX_MESSAGE
from coterie.core.mls.registry import DEFAULT_EXTENSIONS, EXTENSION_REQUIRED_CAPABILITIES


@dataclass(frozen=True, slots=True)
class Extension:
    """struct { ExtensionType extension_type; opaque extension_data<V>; } Extension"""

    type: int
    data: bytes = field(repr=False)

    def write(self, out: Writer) -> None:
        out.u16(self.type).opaque(self.data)


Extensions = tuple[Extension, ...]


def read_extension(reader: Reader) -> Extension:
    """One extension."""
    return Extension(reader.u16(), reader.opaque(MAX_MESSAGE))


def read_extensions(reader: Reader) -> Extensions:
    """`Extension extensions<V>`; a type that stands twice is refused (section 13: at most one of a type)."""
    extensions = tuple(reader.vector(read_extension, MAX_EXTENSIONS))
    if len({extension.type for extension in extensions}) != len(extensions):
        raise malformed("extensions: a type stands twice")
    return extensions


def write_extensions(out: Writer, extensions: Iterable[Extension]) -> None:
    """`Extension extensions<V>`."""
    inner = Writer()
    for extension in extensions:
        extension.write(inner)
    out.opaque(inner.bytes())


def find_extension(extensions: Extensions, kind: int) -> bytes | None:
    """The data of the extension of type `kind`, or None."""
    return next((e.data for e in extensions if e.type == kind), None)


def needed_types(extensions: Extensions) -> frozenset[int]:
    """The types in `extensions` that a client must have listed in its capabilities (section 7.2)."""
    return frozenset(e.type for e in extensions) - DEFAULT_EXTENSIONS


@dataclass(frozen=True, slots=True)
class RequiredCapabilities:
    """The extension of section 11.1: what every member must support."""

    extensions: tuple[int, ...] = ()
    proposals: tuple[int, ...] = ()
    credentials: tuple[int, ...] = ()

    def encode(self) -> bytes:
        """Its `extension_data`."""
        out = Writer()
        for numbers in (self.extensions, self.proposals, self.credentials):
            write_numbers(out, numbers)
        return out.bytes()


def required_capabilities(extensions: Extensions) -> RequiredCapabilities:
    """The `required_capabilities` among a group's extensions; empty if there is none."""
    data = find_extension(extensions, EXTENSION_REQUIRED_CAPABILITIES)
    if data is None:
        return RequiredCapabilities()
    return parse(lambda r: RequiredCapabilities(read_numbers(r), read_numbers(r), read_numbers(r)), data)


def read_numbers(reader: Reader) -> tuple[int, ...]:
    """`uint16 numbers<V>`."""
    return reader.numbers(2, MAX_CAPABILITIES)


def write_numbers(out: Writer, numbers: Iterable[int]) -> None:
    """`uint16 numbers<V>`."""
    out.opaque(b"".join(number.to_bytes(2, "big") for number in numbers))
