from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Frame


def test_a_node_begins_with_nothing() -> None:
    node = Pipe().node("alice")
    assert node.up
    assert not node.wires
    assert not node.effects
    assert node.store.circles.all() == []


def test_a_frame_is_what_the_network_sees() -> None:
    pipe = Pipe()
    frame = Frame(pipe.node("a"), pipe.node("b"), 1, b"sealed")
    assert (frame.type, frame.body) == (1, b"sealed")
