import pytest

from coterie.core.engine.ports import commands
from coterie.core.engine.ports.views import LogView, MessageView
from coterie.core.kernel.errors import UserError
from coterie.core.kernel.ids import to_base32
from coterie.core.wire import peer_frames
from coterie.testing import scenes, talking
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Node


def page(
    pipe: Pipe, node: Node, conversation: str, since: str = "", limit: int = 1000, *, newest: bool = False
) -> tuple[list[str], bool]:
    """The texts of a page, and whether more follow."""
    shown = scenes.ask(pipe, node, commands.ReadLog(conversation, since, limit, newest), LogView)
    return [entry.text for entry in shown.entries], shown.more


def five(pipe: Pipe) -> tuple[Node, Node, list[MessageView]]:
    """Alice and Bob, and what they said in turn, within one millisecond of the clock."""
    alice, bob = scenes.pair(pipe)
    turns = [(alice, "Bob") if n % 2 else (bob, "Alice") for n in range(5)]
    said = [talking.say(pipe, node, to, f"{n}") for n, (node, to) in enumerate(turns)]
    return alice, bob, said


def states(pipe: Pipe, node: Node, conversation: str) -> list[str]:
    return [entry.state for entry in talking.entries(pipe, node, conversation)]


def test_pages_follow_each_other_without_a_gap_and_the_last_one_says_so() -> None:
    pipe = Pipe()
    alice, bob, said = five(pipe)
    for node, name in ((alice, "Bob"), (bob, "Alice")):
        assert page(pipe, node, name) == (["0", "1", "2", "3", "4"], False)
        assert page(pipe, node, name, limit=2) == (["0", "1"], True)
        assert page(pipe, node, name, said[1].id, 2) == (["2", "3"], True)
        assert page(pipe, node, name, said[3].id, 2) == (["4"], False)
        assert page(pipe, node, name, said[2].id, 2) == (["3", "4"], False)
        assert page(pipe, node, name, said[4].id) == ([], False)


def test_the_newest_entries_are_the_last_ones_and_nothing_follows_them() -> None:
    pipe = Pipe()
    alice, _, _ = five(pipe)
    assert page(pipe, alice, "Bob", limit=2, newest=True) == (["3", "4"], False)
    assert page(pipe, alice, "Bob", limit=5, newest=True) == (["0", "1", "2", "3", "4"], False)
    assert page(pipe, alice, "Bob", limit=9, newest=True) == (["0", "1", "2", "3", "4"], False)


def test_no_more_than_a_page_comes_at_once_of_the_newest_too() -> None:
    pipe = Pipe()
    alice, _, said = five(pipe)
    first = scenes.ask(pipe, alice, commands.ReadLog("Bob", limit=3, newest=True, page=2), LogView)
    assert ([entry.text for entry in first.entries], first.more) == (["2", "3"], True)
    rest = scenes.ask(pipe, alice, commands.ReadLog("Bob", said[3].id, limit=3, newest=True, page=2), LogView)
    assert ([entry.text for entry in rest.entries], rest.more) == (["4"], False)
    assert page(pipe, alice, "Bob", said[2].id, limit=9, newest=True) == (["3", "4"], False)


def test_a_conversation_in_which_nothing_was_said_is_empty_and_reading_does_not_open_it() -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    for name in ("Bob", "Alice"):
        assert scenes.ask(pipe, alice, commands.ReadLog(name), LogView) == LogView(name, (), False)
    assert alice.store.conversations.all(scenes.circle_id(alice)) == []
    with pytest.raises(UserError) as caught:
        pipe.do(alice, commands.ReadLog("Zoe"))
    assert caught.value.code == "unknown-contact"


def test_a_page_goes_on_only_after_an_entry_of_the_same_conversation() -> None:
    pipe = Pipe()
    alice, _, _ = scenes.trio(pipe)
    talking.say(pipe, alice, "Bob", "to Bob")
    elsewhere = talking.say(pipe, alice, "Carol", "to Carol").id
    for since in (elsewhere, to_base32(bytes(32)), "a", "not base32!", elsewhere[:-1], "\u00e4" * 52):
        with pytest.raises(UserError) as caught:
            pipe.do(alice, commands.ReadLog("Bob", since))
        assert caught.value.code == "unknown-message"


def test_looking_at_a_log_tells_nobody_until_a_person_has_it_before_their_eyes() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    sent = talking.say(pipe, alice, "Bob", "read me")
    talking.entries(pipe, bob, "Alice")
    pipe.advance(5_000)
    assert states(pipe, bob, "Alice") == ["received"]
    assert talking.state_of(pipe, alice, sent).state == "delivered"
    talking.entries(pipe, bob, "Alice", read=True)
    pipe.advance(5_000)
    assert states(pipe, bob, "Alice") == ["read"]
    assert talking.state_of(pipe, alice, sent).state == "read"


def test_only_what_stands_on_the_page_counts_as_read() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    sent = [talking.say(pipe, alice, "Bob", text) for text in ("1", "2", "3")]
    pipe.do(bob, commands.ReadLog("Alice", limit=1, newest=True, mark_read=True))
    pipe.do(bob, commands.ReadLog("Alice", limit=1, mark_read=True))
    pipe.advance(5_000)
    assert [talking.state_of(pipe, alice, each).state for each in sent] == ["read", "delivered", "read"]


@pytest.mark.parametrize("by", ["log", "entry"])
def test_reading_twice_reports_once_and_ones_own_words_are_never_reported(by: str) -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    sent = talking.say(pipe, alice, "Bob", "hello")
    own = talking.say(pipe, bob, "Alice", "hello yourself")
    before = len(talking.sent(bob, peer_frames.ENVELOPE))
    for _ in range(3):
        if by == "log":
            talking.entries(pipe, bob, "Alice", read=True)
        else:
            pipe.do(bob, commands.MarkRead(sent.id))
            pipe.do(bob, commands.MarkRead(own.id))
        pipe.advance(5_000)
    assert len(talking.sent(bob, peer_frames.ENVELOPE)) == before + 1
    assert talking.state_of(pipe, alice, sent).state == "read"
    assert talking.state_of(pipe, bob, own).state == "delivered"


def test_marking_what_is_not_here_does_nothing() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    talking.say(pipe, alice, "Bob", "hello")
    for unknown in (to_base32(bytes(32)), "", "?", "a", "\u00e4"):
        pipe.do(bob, commands.MarkRead(unknown))
    assert states(pipe, bob, "Alice") == ["received"]


def test_who_is_out_of_a_conversation_still_reads_it_and_tells_nobody() -> None:
    pipe = Pipe()
    alice, bob, _ = scenes.trio(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    talking.say(pipe, alice, "Group", "before you go")
    pipe.do(bob, commands.LeaveGroup("Group"))
    assert [entry.text for entry in talking.entries(pipe, bob, "Group", read=True)] == ["before you go"]
    assert states(pipe, bob, "Group") == ["read"]
    assert bob.store.messages.reports(talking.conversation_of(bob, "group").conversation_id) == []
