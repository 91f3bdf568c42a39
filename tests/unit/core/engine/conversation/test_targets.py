import pytest

from coterie.core.engine.conversation import targets
from coterie.core.engine.ports import commands
from coterie.core.kernel.errors import UserError
from coterie.core.kernel.ids import ConversationId, PersonId, from_base32, to_base32
from coterie.testing import scenes, talking
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Node


def refusal(pipe: Pipe, node: Node, to: str) -> UserError:
    with pytest.raises(UserError) as caught:
        targets.conversation_for(pipe.context(node), to)
    return caught.value


def forms(error: UserError) -> list[str]:
    """What the refusal proposes to say instead."""
    assert error.code == "ambiguous-name"
    return error.hint.removeprefix("say one of: ").split(", ")


def test_the_conversation_with_a_person_is_opened_once_whatever_they_are_called() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    ctx, bobs_id = pipe.context(alice), to_base32(scenes.person_id(bob))
    opened = targets.conversation_for(ctx, "Bob")
    assert (opened.kind, opened.partner) == ("two", scenes.person_id(bob))
    for form in ("Bob", "Club/Bob", bobs_id, bobs_id[:8]):
        assert targets.conversation_for(ctx, form) == opened
    assert alice.store.conversations.all(scenes.circle_id(alice)) == [opened]


@pytest.mark.parametrize("to", ["Group", "Club/Group"])
def test_a_title_means_the_group(to: str) -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    group = talking.by_id(alice, talking.group(pipe, alice, "Bob"))
    assert targets.conversation_for(pipe.context(alice), to) == group
    assert targets.one_group(pipe.context(alice), to) == group
    assert targets.existing_conversation(pipe.context(alice), to) == group


@pytest.mark.parametrize(
    ("to", "code"),
    [("Alice", "own-name"), ("Nobody", "unknown-contact"), ("", "unknown-contact"), ("bob", "unknown-contact")],
)
def test_what_names_nobody_else_opens_nothing(to: str, code: str) -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    assert refusal(pipe, alice, to).code == code
    assert alice.store.conversations.all(scenes.circle_id(alice)) == []


def test_a_name_that_fits_several_is_refused_with_forms_that_fit_one_each() -> None:
    pipe = Pipe()
    alice, bob, _ = scenes.trio(pipe)
    titled = {talking.group(pipe, alice, other, title="Bob").id for other in ("Bob", "Carol")}
    proposed = forms(refusal(pipe, alice, "Bob"))
    ctx = pipe.context(alice)
    found = [targets.conversation_for(ctx, form) for form in proposed]
    assert len(found) == 3
    assert {to_base32(each.conversation_id) for each in found if each.kind == "group"} == titled
    assert [each.partner for each in found if each.kind == "two"] == [scenes.person_id(bob)]


def test_two_people_of_one_name_are_not_hidden_by_a_group_of_that_name() -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    talking.group(pipe, alice, "Bob", title="Twin")
    twins = [pipe.node("twin 1"), pipe.node("twin 2")]
    for twin in twins:
        scenes.join(pipe, twin, scenes.invite(pipe, alice).link, "Twin")
    ctx = pipe.context(alice)
    proposed = forms(refusal(pipe, alice, "Twin"))
    partners = {targets.conversation_for(ctx, form).partner for form in proposed}
    assert partners == {scenes.person_id(twin) for twin in twins}


def test_the_conversation_with_a_person_who_is_out_can_still_be_read() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    talking.say(pipe, alice, "Bob", "hello")
    pipe.do(alice, commands.RemovePerson("Bob"))
    found = targets.existing_conversation(pipe.context(alice), "Bob")
    assert found is not None
    assert found.partner == scenes.person_id(bob)


def test_what_a_name_meant_is_remembered_until_objects_change_or_it_is_gone() -> None:
    pipe = Pipe()
    alice, _, _ = scenes.trio(pipe)
    talking.group(pipe, alice, "Bob", title="Plans")
    ctx = pipe.context(alice)
    meant = targets.conversation_for(ctx, "Plans")
    key = ("target", b"Plans")
    assert ctx.memory.caches[key] == meant.conversation_id
    ctx.memory.caches[key] = bytes(ConversationId(b"\x77" * 32))
    assert targets.conversation_for(ctx, "Plans") == meant
    talking.group(pipe, alice, "Carol", title="Plans")
    assert len(forms(refusal(pipe, alice, "Plans"))) == 2


def test_reading_opens_nothing() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    ctx = pipe.context(alice)
    for name in ("Bob", "Alice"):
        assert targets.existing_conversation(ctx, name) is None
    assert alice.store.conversations.all(scenes.circle_id(alice)) == []
    talking.say(pipe, bob, "Alice", "hello")
    assert targets.existing_conversation(pipe.context(alice), "Bob") == talking.conversation_of(alice)
    with pytest.raises(UserError) as caught:
        targets.existing_conversation(ctx, "Nobody")
    assert caught.value.code == "unknown-contact"


def test_where_a_group_is_wanted_a_person_is_none_and_two_are_too_many() -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    talking.say(pipe, alice, "Bob", "hello")
    groups = [talking.group(pipe, alice, "Bob", title="Plans") for _ in range(2)]
    ctx = pipe.context(alice)
    for name, code in (("Bob", "unknown-group"), ("Nothing", "unknown-group"), ("Plans", "ambiguous-name")):
        with pytest.raises(UserError) as caught:
            targets.one_group(ctx, name)
        assert caught.value.code == code
    for group in groups:
        assert targets.one_group(ctx, group.id).conversation_id == from_base32(group.id)


def two_circles(pipe: Pipe) -> tuple[Node, dict[str, PersonId]]:
    """Alice is in the Club with Bob and Carol, and in another circle with somebody whom she knows as Eve."""
    alice, bob, carol = scenes.trio(pipe)
    people = {"Bob": scenes.person_id(bob), "Carol": scenes.person_id(carol)}
    eve = pipe.node("eve")
    scenes.found(pipe, alice, pseudonym="Alicia", name="Other")
    scenes.join(pipe, eve, scenes.invite(pipe, alice, "Other").link, "Eve")
    return alice, people | {"Eve": scenes.person_id(eve)}


def test_the_first_one_named_decides_the_circle_of_all() -> None:
    pipe = Pipe()
    alice, people = two_circles(pipe)
    ctx, club = pipe.context(alice), scenes.circle_id(pipe.nodes["bob"])
    assert targets.persons_of_one_circle(ctx, ("Carol", "Bob")) == (club, (people["Carol"], people["Bob"]))
    for texts, circle_id in ((("Bob", "Eve"), None), (("Eve", "Bob"), None), (("Eve",), club)):
        with pytest.raises(UserError) as caught:
            targets.persons_of_one_circle(ctx, texts, circle_id)
        assert caught.value.code == "unknown-contact"


def test_without_anybody_named_only_a_given_circle_will_do() -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    ctx, club = pipe.context(alice), scenes.circle_id(alice)
    assert targets.persons_of_one_circle(ctx, (), club) == (club, ())
    with pytest.raises(UserError) as caught:
        targets.persons_of_one_circle(ctx, ())
    assert caught.value.code == "usage"
