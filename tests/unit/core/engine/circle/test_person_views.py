from coterie.core.engine.circle import person_views
from coterie.core.engine.ports import commands
from coterie.core.kernel.ids import to_base32
from coterie.testing import scenes
from coterie.testing.pipe import Pipe


def test_a_person_is_shown_with_what_the_objects_say() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    shown = person_views.view(pipe.context(bob), scenes.circle_id(bob), scenes.person_id(bob))
    assert (shown.name, shown.circle, shown.role, shown.state, shown.me) == ("Bob", "Club", "member", "active", True)
    assert shown.admitted_by == "Alice"
    assert [device.id for device in shown.devices] == [to_base32(scenes.device_id(bob))]
    assert shown.words == ""
    other = person_views.view(pipe.context(alice), scenes.circle_id(alice), scenes.person_id(bob))
    assert not other.me
    assert other.words != ""
    assert not other.verified


def test_the_active_come_first_by_name() -> None:
    pipe = Pipe()
    alice, _, _ = scenes.trio(pipe)
    pipe.do(alice, commands.RemovePerson("Bob"))
    shown = person_views.views(pipe.context(alice), scenes.circle_id(alice))
    assert [(person.name, person.state) for person in shown] == [
        ("Alice", "active"),
        ("Carol", "active"),
        ("Bob", "removed"),
    ]
