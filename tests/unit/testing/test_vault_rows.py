from coterie.testing import scenes
from coterie.testing.pipe import Pipe
from coterie.testing.vault_rows import WHO_IS_IN, changed, rows_of


def test_a_change_is_named() -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    before = rows_of(alice)
    assert changed(before, rows_of(alice)) == []
    scenes.invite(pipe, alice)
    assert changed(before, rows_of(alice)) == ["decisions"]
    assert set(rows_of(alice, WHO_IS_IN)) == set(WHO_IS_IN)
