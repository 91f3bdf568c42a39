"""The page lists every bound with its reason, and there is none without."""

import pytest

from coterie.testing.limits_page import bounds, limits_page, shown


def test_a_bound_stands_with_the_text_below_it() -> None:
    source = 'KIB = 1024\nSIZE = 2 * KIB\n"""A frame,\nnot more."""\n'
    assert list(bounds(source)) == [("SIZE", "A frame, not more.")]


def test_a_bound_without_a_reason_is_refused() -> None:
    with pytest.raises(ValueError, match="SIZE"):
        list(bounds("SIZE = 1\nOTHER = 2\n"))


def test_the_page_shows_the_real_values() -> None:
    assert "| `HANDSHAKE_FRAME_SIZE` | 32,768 |" in limits_page()
    assert shown(1 << 20) == "1,048,576"
