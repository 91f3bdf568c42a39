"""Durations as people write them."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coterie.cli.durations import parse_duration
from coterie.core.kernel.errors import UserError


@pytest.mark.parametrize(
    ("text", "milliseconds"), [("90s", 90_000), ("15m", 900_000), ("24h", 86_400_000), ("7d", 604_800_000)]
)
def test_the_forms(text: str, milliseconds: int) -> None:
    assert parse_duration(text) == milliseconds


@pytest.mark.parametrize(
    "text", ["", "s", "5", "5 s", "-5s", "+5s", "1.5h", "0s", "5S", "5w", "٣s", "1e3s", "1" * 400 + "s"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(UserError) as raised:
        parse_duration(text)
    assert raised.value.code == "usage"
    assert len(raised.value.message) < 100


@given(st.text(max_size=20))
def test_nothing_else_is_raised(text: str) -> None:
    with contextlib.suppress(UserError):
        assert parse_duration(text) > 0


def test_what_is_too_long_is_refused_by_its_own_code() -> None:
    assert parse_duration("30d", 30 * 86_400_000) == 30 * 86_400_000
    with pytest.raises(UserError) as raised:
        parse_duration("31d", 30 * 86_400_000)
    assert (raised.value.code, raised.value.hint) == ("bad-duration", "at most 720h")
    assert parse_duration("2592000s", 30 * 86_400_000) == 30 * 86_400_000
