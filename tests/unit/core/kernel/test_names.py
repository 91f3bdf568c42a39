import pytest
from hypothesis import given
from hypothesis import strategies as st

from coterie.core.kernel.errors import UserError
from coterie.core.kernel.names import MAX_CHARACTERS, REPLACEMENT, check_name, composed, neutralise

GOOD = ["a", "Alice", "Zoë", "日本", "O'Neill / Zürich", "x" * MAX_CHARACTERS, "😀"]
BAD = [
    "",
    "x" * (MAX_CHARACTERS + 1),
    "a\nb",
    "a\x1b[2Jb",
    "a\u200bb",
    "a\u202eb",
    "a\u2066b",
    "a\ufeff",
    "soft\u00adhyphen",
    "\u3164",
    "\u2800",
    "a\ufe0f",
    " a",
    "a ",
    "a\u2028b",
    "\ue000",
    "\ud800",
]


@pytest.mark.parametrize("name", GOOD)
def test_good_names_are_taken_as_they_are(name: str) -> None:
    assert check_name(name) == name
    assert neutralise(name) == name


@pytest.mark.parametrize("name", BAD)
def test_T015_bad_names_are_refused_when_chosen(name: str) -> None:
    with pytest.raises(UserError) as caught:
        check_name(name)
    assert caught.value.code == "bad-name"


@pytest.mark.parametrize("name", BAD)
def test_T015_T067_bad_names_are_neutralised_when_received(name: str) -> None:
    shown = neutralise(name)
    assert check_name(shown) == shown
    assert neutralise(shown) == shown


def test_two_ways_of_typing_a_name_give_one_name() -> None:
    assert check_name("Zoe\u0308") == check_name("Zo\u00eb") == "Zo\u00eb"
    assert check_name("e\u0301" * MAX_CHARACTERS) == "\u00e9" * MAX_CHARACTERS
    with pytest.raises(UserError):
        check_name("e\u0301" * (MAX_CHARACTERS + 1))


def test_T015_what_is_far_too_long_for_a_name_is_not_even_put_in_its_form() -> None:
    assert composed("e\u0301" * 100) == "\u00e9" * 100
    huge = "e\u0301" * (1 << 19)
    assert composed(huge) is huge


def test_neutralised_names_show_where_something_was() -> None:
    assert neutralise("a\u202eb") == f"a{REPLACEMENT}b"


def test_T015_a_name_of_a_mebibyte_is_refused_and_shown_short() -> None:
    huge = "x\u202e" * (1 << 19)
    with pytest.raises(UserError) as caught:
        check_name(huge)
    assert caught.value.code == "bad-name"
    assert len(neutralise(huge)) == MAX_CHARACTERS
    assert huge[:10] not in caught.value.message


@given(st.text(max_size=80))
def test_T015_whatever_is_received_is_shown_as_a_good_name(text: str) -> None:
    shown = neutralise(text)
    assert check_name(shown) == shown
