"""Limits fit together."""

from coterie.core.mls import limits


def test_limits_fit_together() -> None:
    assert limits.MAX_NODES == 2 * limits.MAX_LEAVES - 1
    assert limits.MAX_LEAVES >= 1000
    assert limits.MAX_ELEMENTS >= limits.MAX_NODES + 4 * limits.MAX_LEAVES
    assert limits.MAX_PROPOSALS > limits.MAX_LEAVES
    assert limits.MAX_SKIP == 1000
    assert limits.MAX_KEPT_KEYS >= limits.MAX_SKIP
    assert limits.MAX_FIELD <= limits.MAX_MESSAGE < 1 << 30
