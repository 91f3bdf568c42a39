"""What the demonstration prints."""

import io

from coterie.node.demo.transcript import Transcript, milliseconds


def test_chapters_are_numbered_and_lines_have_their_time() -> None:
    ticks = iter([100.0, 101.5, 107.25])
    stream = io.StringIO()
    out = Transcript(stream, lambda: next(ticks))
    out.chapter("A circle")
    out.say("it is there")
    out.more("with one person")
    out.chapter("A join")
    out.say("they are in")
    out.plain("done")
    assert stream.getvalue().splitlines() == [
        "",
        "1. A circle",
        "   1.50 s  it is there",
        "           with one person",
        "",
        "2. A join",
        "   7.25 s  they are in",
        "done",
    ]
    assert out.title == "2. A join"


def test_short_times() -> None:
    assert milliseconds(0.0123) == "12 ms"
    assert milliseconds(1.5) == "1,500 ms"
