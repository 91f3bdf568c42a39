import pytest

from coterie.core.engine.ports import commands
from coterie.core.engine.ports.views import CircleView
from coterie.testing import scenes
from coterie.testing.pipe import Pipe


def test_a_pair_is_linked_and_a_trio_too() -> None:
    pipe = Pipe()
    nodes = scenes.trio(pipe)
    for node in nodes:
        assert all(pipe.linked(node, other) for other in nodes if other is not node)


def test_a_wrong_answer_is_a_type_error() -> None:
    pipe = Pipe()
    with pytest.raises(TypeError):
        scenes.ask(pipe, pipe.node("alice"), commands.ListCircles(), CircleView)


def test_a_join_that_was_never_begun_is_dialling() -> None:
    assert scenes.state_of_join(Pipe().node("alice")).state == "dialling"
