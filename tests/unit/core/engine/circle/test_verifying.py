import pytest

from coterie.core.engine.circle import verifying
from coterie.core.engine.ports import commands
from coterie.core.engine.ports.inputs import Received
from coterie.core.engine.ports.views import PersonView
from coterie.core.kernel.errors import UserError
from coterie.core.wire import peer_frames
from coterie.testing import scenes
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Frame, Node


def words(pipe: Pipe, node: Node, name: str) -> str:
    return scenes.people(pipe, node)[name].words


def test_two_who_joined_by_others_get_words_on_their_link() -> None:
    pipe = Pipe()
    _, bob, carol = scenes.trio(pipe)
    assert words(pipe, bob, "Carol") == ""
    scenes.ask(pipe, bob, commands.VerifyPerson("Carol"), PersonView)
    assert words(pipe, bob, "Carol") == words(pipe, carol, "Bob")
    assert len(words(pipe, bob, "Carol").split()) == 6
    assert scenes.events(bob, "words")
    assert scenes.events(carol, "words")


def test_words_that_stand_are_shown_and_not_made_anew() -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    before, count = words(pipe, alice, "Bob"), pipe.frames
    shown = scenes.ask(pipe, alice, commands.VerifyPerson("Bob"), PersonView)
    assert shown.words == before
    assert pipe.frames == count


def test_comparing_marks_the_person_verified_and_changes_nothing_else() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    assert not scenes.people(pipe, alice)["Bob"].verified
    shown = scenes.ask(pipe, alice, commands.VerifyPerson("Bob", compared=True), PersonView)
    assert shown.verified
    assert not scenes.people(pipe, bob)["Alice"].verified
    pipe.do(alice, commands.VerifyPerson("Bob", compared=True))
    assert len(scenes.events(alice, "person-verified")) == 1


def test_both_may_ask_for_words_at_the_same_moment() -> None:
    pipe = Pipe()
    _, bob, carol = scenes.trio(pipe)
    pipe.give(bob, commands.VerifyPerson("Carol"))
    pipe.give(carol, commands.VerifyPerson("Bob"))
    pipe.settle()
    assert words(pipe, bob, "Carol") == words(pipe, carol, "Bob") != ""


@pytest.mark.parametrize(
    ("person", "compared", "code"),
    [("Alice", False, "own-person"), ("Bob", True, "no-words"), ("Nobody", False, "unknown-contact")],
)
def test_what_cannot_be_verified_is_refused(person: str, compared: bool, code: str) -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    contact = alice.store.peers.contact(scenes.circle_id(alice), scenes.person_id(bob))
    assert contact is not None
    alice.store.peers.put_contact(type(contact)(contact.circle_id, contact.person_id, "", contact.verified_at))
    with pytest.raises(UserError) as caught:
        pipe.do(alice, commands.VerifyPerson(person, compared))
    assert caught.value.code == code


def test_words_need_a_link() -> None:
    pipe = Pipe()
    _, bob, carol = scenes.trio(pipe)
    pipe.stop(carol)
    pipe.settle()
    with pytest.raises(UserError) as caught:
        pipe.do(bob, commands.VerifyPerson("Carol"))
    assert caught.value.code == "not-linked"


def test_a_nonce_that_was_not_committed_to_gives_no_words() -> None:
    pipe = Pipe()
    _, bob, carol = scenes.trio(pipe)
    link = pipe.context(bob).links.to(scenes.circle_id(bob), scenes.device_id(carol))
    assert link is not None
    pipe.give(bob, commands.VerifyPerson("Carol"))
    pipe.give(bob, Received(link.conn, peer_frames.VERIFY_COMMIT, peer_frames.VerifyCommit(bytes(32)).encode()))
    pipe.inject(bob, link.conn, peer_frames.VERIFY_OPEN, peer_frames.VerifyOpen(bytes(32)).encode())
    assert bob.errors[-1].code == "bad-commitment"
    assert words(pipe, bob, "Carol") == ""


def test_a_broken_run_can_be_repeated_on_the_next_link() -> None:
    pipe = Pipe()
    _, bob, carol = scenes.trio(pipe)
    pipe.tamper = swallow
    pipe.cut_after = pipe.frames + 1
    pipe.do(bob, commands.VerifyPerson("Carol"))
    pipe.tamper = None
    pipe.advance(11_000)  # handshakes that lost a frame end
    pipe.do(bob, commands.VerifyPerson("Carol"))
    assert words(pipe, bob, "Carol") == words(pipe, carol, "Bob") != ""


def swallow(_frame: Frame) -> bytes | None:
    return None


def test_new_words_do_not_undo_a_comparison() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    pipe.do(alice, commands.VerifyPerson("Bob", compared=True))
    verifying.keep_words(pipe.context(alice), scenes.circle_id(alice), scenes.person_id(bob), "a b c d e f")
    shown = scenes.people(pipe, alice)["Bob"]
    assert (shown.words, shown.verified) == ("a b c d e f", True)
