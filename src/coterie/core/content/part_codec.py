"""NestedParts as flat CBOR arrays: [disposition, language, cardinality, …]."""

from typing import Any

from coterie.core.codec.cbor import Value
from coterie.core.codec.tls import malformed
from coterie.core.content.parts import (
    MAX_LEVELS,
    MAX_PARTS,
    ExternalPart,
    MultiPart,
    NullPart,
    Part,
    Semantics,
    SinglePart,
)
from coterie.core.kernel.errors import PeerError

_NULL, _SINGLE, _EXTERNAL, _MULTI = range(4)

_EXTERNAL_FIELDS: tuple[tuple[str, type, int], ...] = (
    ("content_type", str, 0),
    ("url", str, 0),
    ("expires", int, 1 << 32),
    ("size", int, 1 << 64),
    ("enc_alg", int, 1 << 16),
    ("key", bytes, 0),
    ("nonce", bytes, 0),
    ("aad", bytes, 0),
    ("hash_alg", int, 1 << 8),
    ("content_hash", bytes, 0),
    ("description", str, 0),
    ("filename", str, 0),
)
"""Field, type and, for integers, the first value too large."""


def part_value(part: Part) -> list[Value]:
    """The array of one part."""
    head: list[Value] = [int(part.disposition), part.language]
    if isinstance(part, SinglePart):
        return [*head, _SINGLE, part.content_type, part.content]
    if isinstance(part, NullPart):
        return [*head, _NULL]
    if isinstance(part, MultiPart):
        return [*head, _MULTI, int(part.semantics), [part_value(inner) for inner in part.parts]]
    return [
        *head,
        _EXTERNAL,
        part.content_type,
        part.url,
        part.expires,
        part.size,
        part.enc_alg,
        part.key,
        part.nonce,
        part.aad,
        part.hash_alg,
        part.content_hash,
        part.description,
        part.filename,
    ]


def part_of(value: Value) -> Part:
    """The part of an array; `malformed`, or `too-large` beyond MAX_PARTS and MAX_LEVELS."""
    return _PartReader().read(value, 1)


class _PartReader:
    def __init__(self) -> None:
        self._count = 0

    def read(self, value: Value, level: int) -> Part:
        self._count += 1
        if self._count > MAX_PARTS or level > MAX_LEVELS:
            raise PeerError("too-large", "content: more parts or levels than the limit")
        if not isinstance(value, list) or len(value) < 3:
            raise malformed("part")
        disposition, language, cardinality = value[0], value[1], value[2]
        if type(disposition) is not int or not 0 <= disposition <= 255 or not isinstance(language, str):
            raise malformed("part: disposition or language")
        if type(cardinality) is not int:
            raise malformed("part: cardinality")
        body = value[3:]
        if cardinality == _SINGLE:
            return _single(body, disposition, language)
        if cardinality == _NULL and not body:
            return NullPart(disposition, language)
        if cardinality == _EXTERNAL:
            return _external(body, disposition, language)
        if cardinality == _MULTI:
            return self._multi(body, disposition, language, level)
        raise malformed("part: cardinality")

    def _multi(self, body: list[Value], disposition: int, language: str, level: int) -> MultiPart:
        if len(body) != 2:
            raise malformed("part: fields of a multipart")
        semantics, parts = body
        if type(semantics) is not int or not 0 <= semantics <= 2:
            raise malformed("part: semantics")
        if not isinstance(parts, list) or len(parts) < 2:
            raise malformed("part: fewer than two parts")
        inner = tuple(self.read(part, level + 1) for part in parts)
        return MultiPart(Semantics(semantics), inner, disposition, language)


def _single(body: list[Value], disposition: int, language: str) -> SinglePart:
    if len(body) != 2:
        raise malformed("part: fields of a single part")
    content_type, content = body
    if not isinstance(content_type, str) or not isinstance(content, bytes):
        raise malformed("part: content type or content")
    return SinglePart(content_type, content, disposition, language)


def _external(body: list[Value], disposition: int, language: str) -> ExternalPart:
    if len(body) != len(_EXTERNAL_FIELDS):
        raise malformed("part: fields of an external part")
    for field, (name, kind, bound) in zip(body, _EXTERNAL_FIELDS, strict=True):
        if type(field) is not kind:
            raise malformed(f"part: {name}")
        if isinstance(field, int) and not 0 <= field < bound:
            raise malformed(f"part: {name} out of range")
    values: dict[str, Any] = {name: field for field, (name, _, _) in zip(body, _EXTERNAL_FIELDS, strict=True)}
    return ExternalPart(**values, disposition=disposition, language=language)
