import pytest

from coterie.core.content.mimi import MimiContent, encode_content, parse_content
from coterie.core.content.parts import Disposition, ExternalPart, MultiPart, NullPart, Part, Semantics, SinglePart
from coterie.core.content.status import STATUS_TYPE
from coterie.core.content.text import NEEDS_NEWER, Display, Shown, display, is_text, plain_text
from coterie.core.kernel.errors import UserError
from coterie.core.kernel.limits import TEXT_SIZE

SALT = bytes(16)
UNSUPPORTED = Display(Shown.UNSUPPORTED, NEEDS_NEWER)


def shown(part: Part, replaces: bytes | None = None) -> Display:
    return display(MimiContent(SALT, {}, part, replaces=replaces))


def single(text: str, content_type: str = "text/plain;charset=utf-8") -> SinglePart:
    return SinglePart(content_type, text.encode())


def test_text_arrives_exactly_as_it_was_written() -> None:
    for text in ("hello", "two\nlines", " spaces ", "𝔘nicode ✓", "\x1b[31mred", "\u202eabc", "e\u0301"):
        data = encode_content(plain_text(text, {}, SALT))
        assert display(parse_content(data)) == Display(Shown.TEXT, text)


@pytest.mark.parametrize(
    ("text", "code"), [("", "empty-text"), ("\ud800", "bad-text"), ("x" * (TEXT_SIZE + 1), "text-too-long")]
)
def test_what_cannot_be_sent_is_said_so(text: str, code: str) -> None:
    with pytest.raises(UserError) as caught:
        plain_text(text, {}, SALT)
    assert caught.value.code == code
    assert caught.value.hint


def test_the_longest_text_can_be_sent_and_received() -> None:
    longest = "ü" * (TEXT_SIZE // 2)
    assert display(parse_content(encode_content(plain_text(longest, {}, SALT)))).text == longest


@pytest.mark.parametrize(
    "part",
    [
        single("<b>x</b>", "text/html"),
        single("x", "application/vnd.example"),
        single("x", "text/plain;charset=utf-16"),
        single("x", ""),
        SinglePart("text/plain", b"\xff\xfe"),
        NullPart(),
        MultiPart(Semantics.CHOOSE_ONE, (single("x", "a/b"), single("y", "c/d"))),
        MultiPart(Semantics.SINGLE_UNIT, (single("x"), single("y", "c/d"))),
    ],
)
def test_T014_unknown_content_is_shown_as_needing_a_newer_version(part: Part) -> None:
    assert shown(part) == UNSUPPORTED


def test_the_kinds_of_parts() -> None:
    assert shown(single("*hi*", "text/markdown;variant=GFM-MIMI")) == Display(Shown.TEXT, "*hi*")
    reaction = SinglePart("text/plain;charset=utf-8", "❤".encode(), Disposition.REACTION)
    assert shown(reaction) == Display(Shown.REACTION, "❤")
    assert shown(NullPart(), replaces=b"\x01" + bytes(31)) == Display(Shown.DELETION, "")
    assert shown(SinglePart(STATUS_TYPE, b"\x80")).kind is Shown.REPORT
    file = ExternalPart("a/b", "https://h", 0, 0, 1, b"", b"", b"", 1, b"", "a film", "film.mp4")
    assert shown(file) == Display(Shown.ATTACHMENT, "film.mp4")


def test_an_unknown_disposition_is_rendered() -> None:
    assert shown(SinglePart("text/plain", b"x", 200)) == Display(Shown.TEXT, "x")


def test_several_parts() -> None:
    other = single("x", "a/b")
    assert shown(MultiPart(Semantics.CHOOSE_ONE, (other, single("y"), single("z")))).text == "y"
    assert shown(MultiPart(Semantics.SINGLE_UNIT, (single("y"), single("z")))).text == "y\nz"
    assert shown(MultiPart(Semantics.PROCESS_ALL, (single("y"), other))) == Display(Shown.TEXT, f"y\n{NEEDS_NEWER}")


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("text/plain", True),
        ("TEXT/Plain; Charset=UTF-8", True),
        ('text/plain; charset="utf-8"', True),
        ("text/markdown;variant=GFM", True),
        ("text/plain;charset=latin-1", False),
        ("text/plainer", False),
        (";charset=utf-8", False),
    ],
)
def test_which_types_are_text(content_type: str, expected: bool) -> None:
    assert is_text(content_type) is expected


def test_a_display_shows_no_text_in_its_repr() -> None:
    assert "secret" not in repr(Display(Shown.TEXT, "secret"))
