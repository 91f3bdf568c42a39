import pytest

from coterie.core.engine.ports import commands
from coterie.core.engine.ports.effects import CloseEndpoint, ForgetPeer, WatchPeer
from coterie.core.engine.ports.views import JoinView
from coterie.core.kernel.errors import UserError
from coterie.core.kernel.ids import to_base32
from coterie.core.kernel.world import SECOND
from coterie.core.wire.invitation import Invitation, LinkKind, encode_link, parse_link
from coterie.testing import scenes
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Node


def invited() -> tuple[Pipe, Node, Node, str]:
    pipe = Pipe()
    alice, bob = pipe.node("alice"), pipe.node("bob")
    scenes.found(pipe, alice)
    return pipe, alice, bob, scenes.invite(pipe, alice, seconds=60).link


def refused(pipe: Pipe, node: Node, link: str, pseudonym: str = "Bob") -> str:
    """The code of the refusal; nothing was dialled and nothing kept."""
    with pytest.raises(UserError) as caught:
        pipe.give(node, commands.StartJoin(link, pseudonym))
    assert caught.value.hint
    assert not any(isinstance(effect, WatchPeer) for effect in node.effects)
    assert not node.store.circles.joins()
    return caught.value.code


def test_T048_what_the_text_says_of_its_expiry_is_judged_before_dialling() -> None:
    pipe, _, bob, link = invited()
    pipe.advance(60 * SECOND)
    assert refused(pipe, bob, link) == "invite-expired"


@pytest.mark.parametrize("place", [13, 40, 150, -1])
def test_T049_an_altered_link_is_refused_before_dialling(place: int) -> None:
    pipe, _, bob, link = invited()
    other = "A" if link[place] != "A" else "B"
    altered = link[:place] + other + (link[place + 1 :] if place != -1 else "")
    assert refused(pipe, bob, altered) == "malformed"
    assert refused(pipe, bob, link[:-3]) in ("malformed", "cut-or-mixed")


def test_T049_case_and_white_space_do_not_matter() -> None:
    pipe, _, bob, link = invited()
    wrapped = "\n ".join(link.upper()[at : at + 20] for at in range(0, len(link), 20))
    assert scenes.join(pipe, bob, wrapped, "Bob").state == "joined"


def as_device_link(link: str) -> str:
    invitation = parse_link(link)
    fields = {name: getattr(invitation, name) for name in Invitation.__slots__}
    return encode_link(Invitation(**{**fields, "kind": LinkKind.DEVICE}))


def test_T050_a_code_that_links_a_device_is_no_invitation() -> None:
    pipe, _, bob, link = invited()
    assert refused(pipe, bob, as_device_link(link)) == "wrong-link-kind"


def test_T015_a_pseudonym_must_be_a_name() -> None:
    pipe, _, bob, link = invited()
    assert refused(pipe, bob, link, "Bob\u200b") == "bad-name"


def test_T004_nonsense_is_refused() -> None:
    pipe, _, bob, _ = invited()
    for text in ("", "hello", "coterie:join/", "x" * 5000, "coterie:join/" + "A" * 300):
        assert refused(pipe, bob, text) in ("malformed", "too-large", "cut-or-mixed")


def test_who_is_in_the_circle_cannot_join_it() -> None:
    pipe, alice, bob, link = invited()
    scenes.join(pipe, bob, link, "Bob")
    other = scenes.invite(pipe, alice).link
    for node in (alice, bob):
        with pytest.raises(UserError) as caught:
            pipe.do(node, commands.StartJoin(other, "Again"))
        assert caught.value.code == "already-member"
    again = scenes.ask(pipe, bob, commands.StartJoin(link, "Bob"), JoinView)
    assert (again.state, again.circle, again.inviter) == ("joined", "Club", "Alice")
    assert len(again.words.split()) == 6


def test_a_join_resumes_as_the_same_device() -> None:
    pipe, alice, bob, link = invited()
    pipe.stop(alice)
    assert scenes.join(pipe, bob, link, "Bob").state == "dialling"
    first = bob.store.circles.joins()[0].pending
    pipe.stop(bob)
    pipe.start(bob)
    pipe.start(alice)
    assert scenes.join(pipe, bob, link, "Robert").state == "joined"
    assert len(bob.store.circles.joins()) == 1
    assert first.reveal() != b""
    assert bob.store.circles.joins()[0].pending.reveal() == b""
    assert set(scenes.people(pipe, alice)) == {"Alice", "Robert"}


def test_stopping_a_join_stops_dialling_and_forgets_nothing() -> None:
    pipe, alice, bob, link = invited()
    pipe.stop(alice)
    scenes.join(pipe, bob, link, "Bob")
    pipe.do(bob, commands.StopJoin(link))
    circle_id, device_id = parse_link(link).circle_id, parse_link(link).device_id
    assert ForgetPeer(circle_id, device_id, door=True) in bob.effects
    assert CloseEndpoint(circle_id, False) in bob.effects
    pipe.start(alice)
    pipe.run()
    assert not bob.store.circles.all()
    assert scenes.join(pipe, bob, link, "Bob").state == "joined"


def test_stopping_an_unknown_join_is_refused() -> None:
    pipe, _, bob, link = invited()
    with pytest.raises(UserError) as caught:
        pipe.do(bob, commands.StopJoin(link))
    assert caught.value.code == "unknown-invitation"


def test_a_second_invitation_to_the_same_circle_works_after_the_first_was_refused() -> None:
    pipe, alice, bob, link = invited()
    made = scenes.ask(pipe, alice, commands.ListInvitations(), tuple)[0]
    pipe.do(alice, commands.WithdrawInvitation(made.id))
    assert scenes.join(pipe, bob, link, "Bob").code == "invite-withdrawn"
    assert scenes.join(pipe, bob, scenes.invite(pipe, alice).link, "Bob").state == "joined"


def test_two_joins_of_one_circle_at_once_make_one_member() -> None:
    pipe, alice, bob, link = invited()
    other = scenes.invite(pipe, alice).link
    pipe.give(bob, commands.StartJoin(link, "Bob"))
    pipe.give(bob, commands.StartJoin(other, "Bob"))
    pipe.run()
    pipe.run()
    assert len([circle for circle in bob.store.circles.all() if circle.state == "active"]) == 1
    assert to_base32(scenes.person_id(bob)) in [person.id for person in scenes.people(pipe, alice).values()]
