import pytest

from coterie.core.crypto.signing import complete
from coterie.core.engine.circle import issuing, sync
from coterie.core.engine.ports import commands
from coterie.core.engine.state import names
from coterie.core.engine.state.identity import signer
from coterie.core.kernel.errors import UserError
from coterie.core.kernel.ids import to_base32
from coterie.core.trust.facts import Profile
from coterie.core.trust.objects import sign_fact
from coterie.testing import scenes
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Node


def two_of_a_name(pipe: Pipe) -> tuple[Node, Node, Node]:
    alice = pipe.node("alice")
    scenes.found(pipe, alice)
    twins = pipe.node("one"), pipe.node("other")
    for twin in twins:
        scenes.join(pipe, twin, scenes.invite(pipe, alice).link, "Sam")
    pipe.run()
    return alice, *twins


def test_two_people_of_one_name_are_told_apart() -> None:
    pipe = Pipe()
    alice, one, other = two_of_a_name(pipe)
    tags = {f"Sam~{to_base32(scenes.person_id(node))[:4]}" for node in (one, other)}
    assert set(scenes.people(pipe, alice)) == {"Alice", *tags}
    ctx = pipe.context(alice)
    for node in (one, other):
        tagged = f"Sam~{to_base32(scenes.person_id(node))[:4]}"
        for text in (
            tagged,
            f"Club/{tagged}",
            to_base32(scenes.person_id(node)),
            to_base32(scenes.person_id(node))[:9],
        ):
            assert names.person_named(ctx, text).person_id == scenes.person_id(node)


def test_an_ambiguous_name_is_refused_with_the_forms_that_would_do() -> None:
    pipe = Pipe()
    alice, one, other = two_of_a_name(pipe)
    with pytest.raises(UserError) as caught:
        names.person_named(pipe.context(alice), "Sam")
    assert caught.value.code == "ambiguous-name"
    for node in (one, other):
        assert f"Sam~{to_base32(scenes.person_id(node))[:4]}" in caught.value.hint


def test_one_name_in_two_circles_is_told_apart_by_the_circle() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    scenes.found(pipe, bob, "Robert", "Other")
    scenes.join(pipe, alice, scenes.invite(pipe, bob, "Other").link, "Al")
    ctx = pipe.context(bob)
    assert names.person_named(ctx, "Al").circle_id == names.circle_named(ctx, "Other")
    carol = pipe.node("carol")
    scenes.join(pipe, carol, scenes.invite(pipe, bob, "Other").link, "Alice")
    with pytest.raises(UserError) as caught:
        names.person_named(ctx, "Alice")
    assert caught.value.hint == "say one of: Club/Alice, Other/Alice"
    for circle in bob.store.circles.all():
        assert names.person_named(ctx, f"{circle.name}/Alice").circle_id == circle.circle_id
        assert names.person_named(ctx, "Alice", circle.circle_id).circle_id == circle.circle_id


def test_two_circles_of_one_name_are_told_apart() -> None:
    pipe = Pipe()
    alice = pipe.node("alice")
    scenes.found(pipe, alice)
    pipe.now = type(pipe.now)(pipe.now + 1)
    scenes.found(pipe, alice)
    ctx = pipe.context(alice)
    with pytest.raises(UserError) as caught:
        names.circle_named(ctx, "Club")
    assert caught.value.code == "ambiguous-name"
    for circle in alice.store.circles.all():
        tagged = names.circle_name(ctx, circle.circle_id)
        assert tagged.startswith("Club~")
        assert tagged in caught.value.hint
        assert names.circle_named(ctx, tagged) == circle.circle_id


def test_who_was_removed_gives_way_to_who_is_there() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    pipe.do(alice, commands.RemovePerson("Bob"))
    gone = scenes.person_id(bob)
    assert names.person_named(pipe.context(alice), "Bob").person_id == gone
    other = pipe.node("other")
    scenes.join(pipe, other, scenes.invite(pipe, alice).link, "Bob")
    ctx = pipe.context(alice)
    assert names.person_named(ctx, "Bob").person_id == scenes.person_id(other)
    assert names.display(ctx, scenes.circle_id(alice), gone) == f"Bob~{to_base32(gone)[:4]}"


def test_T067_a_received_name_is_shown_neutralised_and_found_as_it_is_shown() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    ctx, circle_id, person_id = pipe.context(bob), scenes.circle_id(bob), scenes.person_id(bob)
    issuing.tell(ctx, circle_id, circle_id, person_id, Profile("B\u202eob\u001b[2J"))
    pipe.settle()
    pipe.advance(3_000)
    pipe.cut()
    pipe.run()
    shown = set(scenes.people(pipe, alice)) - {"Alice"}
    assert shown == {"B\ufffdob\ufffd[2J"}
    assert names.person_named(pipe.context(alice), shown.pop()).person_id == person_id


def test_nobody_names_somebody_else() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    ctx, circle_id = pipe.context(bob), scenes.circle_id(bob)
    fact = complete(
        sign_fact(circle_id, scenes.device_id(bob), scenes.person_id(alice), 9, Profile("Fool"), ctx.now),
        signer(ctx, circle_id),
    )
    with pytest.raises(Exception) as caught:
        sync.take(pipe.context(alice), circle_id, circle_id, [fact.raw], None)
    assert getattr(caught.value, "code", "") == "bad-subject"
    assert set(scenes.people(pipe, alice)) == {"Alice", "Bob"}


def test_a_full_name_is_always_understood() -> None:
    pipe = Pipe()
    alice, one, _ = two_of_a_name(pipe)
    named = names.Named(scenes.circle_id(alice), scenes.person_id(one))
    ctx = pipe.context(alice)
    assert names.person_named(ctx, names.full_name(ctx, named)) == named


@pytest.mark.parametrize("text", ["", "Nobody", "Club/", "/Bob", "Bob~zzzz", "b" * 9])
def test_what_names_nobody_is_said(text: str) -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    with pytest.raises(UserError) as caught:
        names.person_named(pipe.context(alice), text)
    assert caught.value.code == "unknown-contact"


def test_names_are_found_however_their_letters_were_typed() -> None:
    pipe = Pipe()
    alice, other = pipe.node("alice"), pipe.node("other")
    scenes.found(pipe, alice, "Alice", "Caf\u00e9")
    scenes.join(pipe, other, scenes.invite(pipe, alice, "Cafe\u0301").link, "Zoe\u0308")
    pipe.run()
    ctx = pipe.context(alice)
    assert names.person_named(ctx, "Zoe\u0308") == names.person_named(ctx, "Caf\u00e9/Zo\u00eb")
    assert names.circle_named(ctx, "Cafe\u0301") == names.circle_named(ctx, "Caf\u00e9")
