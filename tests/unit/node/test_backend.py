"""The Protocol is what the fake has; that the engine's has it too is mypy's and the stories' to say."""

from coterie.node.backend import Backend
from coterie.testing.fake_backend import FakeBackend


def test_the_fake_has_every_method() -> None:
    wanted = {name for name in vars(Backend) if not name.startswith("_")}
    assert wanted == {"call", "events", "wait_for_event", "last_event"}
    assert wanted <= set(dir(FakeBackend))
