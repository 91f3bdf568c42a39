"""The bounds agree with each other and with the core's."""

from coterie.api import limits
from coterie.core.kernel import limits as core


def test_the_longest_text_that_is_shown_fits_a_line_even_if_every_character_is_escaped() -> None:
    assert 6 * limits.SHOWN_TEXT_CHARS + 16 * 1024 < limits.MAX_LINE


def test_no_text_that_the_engine_takes_is_refused_for_its_characters() -> None:
    assert limits.MAX_TEXT_CHARS >= core.TEXT_SIZE


def test_names_reach_the_rules_that_refuse_them() -> None:
    assert limits.MAX_NAME_CHARS > 2 * core.NAME_CHARACTERS
