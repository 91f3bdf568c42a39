import pytest

from coterie.core.content.part_codec import part_of, part_value
from coterie.core.content.parts import ExternalPart, MultiPart, NullPart, Semantics, SinglePart
from coterie.core.kernel.errors import PeerError


def test_the_arrays_of_the_four_kinds() -> None:
    single = SinglePart("text/plain", b"x", 4, "en")
    external = ExternalPart("a/b", "https://h", 1, 2, 3, b"k", b"n", b"a", 4, b"h", "d", "f", 6, "")
    arrays = (
        (NullPart(2, "fr"), [2, "fr", 0]),
        (single, [4, "en", 1, "text/plain", b"x"]),
        (external, [6, "", 2, "a/b", "https://h", 1, 2, 3, b"k", b"n", b"a", 4, b"h", "d", "f"]),
        (
            MultiPart(Semantics.PROCESS_ALL, (single, NullPart()), 1, ""),
            [1, "", 3, 2, [[4, "en", 1, "text/plain", b"x"], [1, "", 0]]],
        ),
    )
    for part, array in arrays:
        assert part_value(part) == array
        assert part_of(array) == part  # type: ignore[arg-type]


def test_what_is_no_part_is_refused() -> None:
    for value in (None, 1, [], [1, ""], {"part": 1}):
        with pytest.raises(PeerError) as caught:
            part_of(value)  # type: ignore[arg-type]
        assert caught.value.code == "malformed"
