import pickle

import pytest

from coterie.core.kernel.secret import Secret


def test_a_secret_shows_itself_only_when_asked_by_name() -> None:
    secret = Secret(b"hunter2")
    assert secret.reveal() == b"hunter2"
    for shown in (repr(secret), str(secret), f"{secret}", f"{[secret]}", "%s" % secret):  # noqa: UP031
        assert "hunter2" not in shown
    assert len(secret) == 7


def test_equality_is_of_the_bytes() -> None:
    assert Secret(b"a") == Secret(b"a")
    assert Secret(b"a") != Secret(b"b")
    assert Secret(b"a") != b"a"


def test_a_secret_is_neither_hashed_nor_pickled_nor_extended() -> None:
    with pytest.raises(TypeError):
        hash(Secret(b"a"))
    with pytest.raises(TypeError):
        pickle.dumps(Secret(b"a"))
    with pytest.raises(AttributeError):
        Secret(b"a").note = "x"  # type: ignore[attr-defined]
