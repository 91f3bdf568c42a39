"""The bounds agree with each other and with the core's."""

from coterie.api import limits
from coterie.core.kernel import limits as core

DAY_MS = 86_400_000


def test_the_longest_text_that_is_shown_fits_a_line_even_if_every_character_is_escaped() -> None:
    assert 6 * limits.SHOWN_TEXT_CHARS + 16 * 1024 < limits.MAX_LINE


def test_no_text_that_the_engine_takes_is_refused_for_its_characters() -> None:
    assert limits.MAX_TEXT_CHARS >= core.TEXT_SIZE


def test_names_reach_the_rules_that_refuse_them() -> None:
    assert limits.MAX_NAME_CHARS > 2 * core.NAME_CHARACTERS


def test_a_line_is_what_the_guide_says() -> None:
    assert limits.MAX_LINE == 1024 * 1024
    assert (limits.MAX_BATCH, limits.MAX_ID_CHARS) == (64, 64)


def test_lives_and_waits_are_whole_days() -> None:
    assert limits.MAX_EXPIRY_MS == core.INVITATION_DAYS * DAY_MS
    assert limits.MAX_WAIT_MS == DAY_MS


def test_every_number_that_an_event_can_have_may_be_asked_for_and_none_above() -> None:
    assert limits.MAX_EVENT_ID == core.HIGHEST_NUMBER


def test_a_text_that_need_not_be_cut_is_not() -> None:
    assert limits.SHOWN_TEXT_CHARS > core.TEXT_SIZE


def test_the_people_of_one_command_fit_a_conversation() -> None:
    assert limits.MAX_PEOPLE < core.CONVERSATION_PEOPLE


def test_pages_and_links_are_no_smaller_than_what_is_asked_for() -> None:
    assert limits.LOG_PAGE < limits.MAX_LOG_PAGE
    assert limits.MAX_LINK_CHARS > core.INVITATION_TEXT_SIZE
